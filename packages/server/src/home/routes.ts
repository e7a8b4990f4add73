import { createHash } from "node:crypto";
import { html, raw } from "hono/html";
import type { Door } from "../http/door.ts";
import { reply } from "../http/reply.ts";
import type { IndexSettings } from "../storage/index-store.ts";

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a;" +
  "background:#fff}pre{background:#f3f3f3;padding:.8rem;overflow-x:auto}";
const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");
/** No script, no frame, no form, nothing from elsewhere: the page is text. */
const POLICY =
  `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; ` +
  "frame-ancestors 'none'";

/** `/`: what this is and how to trust it. */
export function addHomeRoute(app: Door, settings: IndexSettings): void {
  app.get("/", async (call) => {
    const url = settings.publicUrl ?? originOf(call.env.incoming.headers.host);
    const body = Buffer.from(String(await page(settings, url)));
    return reply(
      call,
      200,
      {
        "content-type": "text/html; charset=utf-8",
        "content-length": body.byteLength,
        "cache-control": "no-cache",
        "content-security-policy": POLICY,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
      },
      body,
    );
  });
}

/** The name by which the reader has come. It is only shown, and what it looks like is checked first. */
function originOf(host: string | undefined): string {
  return host !== undefined && /^[A-Za-z0-9.:[\]-]{1,255}$/.test(host) ? `http://${host}/` : "http://127.0.0.1:8000/";
}

function page({ name, repositoryId }: IndexSettings, url: string) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${name}</title>
        ${raw(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <h1>${name}</h1>
        <p>
          A Python package index whose every file is signed. Installers that go through <code>countermark</code> check
          the signatures before a byte reaches them.
        </p>
        <h2>Install from here</h2>
        <pre>
countermark trust ${url} --root ${repositoryId}
countermark run -- pip install NAME</pre>
        <p>
          The fingerprint after <code>--root</code> is what you trust. Compare it with one that reached you by another
          way than this page: whoever could change this page could change it here as well.
        </p>
        <p><a href="simple/">All projects</a></p>
      </body>
    </html>`;
}
