import { html } from "hono/html";
import type { Door } from "../http/door.ts";
import type { IndexSettings } from "../storage/index-store.ts";
import { makePage, sendPage, type Fragment } from "./document.ts";

/** `/`: what this is and how to trust it. */
export function addHomeRoute(app: Door, settings: IndexSettings): void {
  app.get("/", async (call) => {
    const url = settings.publicUrl ?? originOf(call.env.incoming.headers.host);
    return sendPage(call, (await makePage(settings.name, content(settings, url))).value);
  });
}

/** The name by which the reader has come. It is only shown, and what it looks like is checked first. */
function originOf(host: string | undefined): string {
  return host !== undefined && /^[A-Za-z0-9.:[\]-]{1,255}$/.test(host) ? `http://${host}/` : "http://127.0.0.1:8000/";
}

function content({ name, repositoryId }: IndexSettings, url: string): Fragment {
  return html`<h1>${name}</h1>
    <p>
      A Python package index whose every file is signed. Installers that go through <code>countermark</code> check the
      signatures before a byte reaches them.
    </p>
    <h2>Install from here</h2>
    <pre>
countermark trust ${url} --root ${repositoryId}
countermark run -- pip install NAME</pre>
    <p>
      The fingerprint after <code>--root</code> is what you trust. Compare it with one that reached you by another way
      than this page: whoever could change this page could change it here as well.
    </p>
    <p><a href="trust/">Who signs what</a> · <a href="simple/">All projects</a></p>`;
}
