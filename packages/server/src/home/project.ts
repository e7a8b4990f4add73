import { html } from "hono/html";
import { isNormalisedName } from "@countermark/repository";
import type { Door } from "../http/door.ts";
import type { PublishedCache } from "../http/published.ts";
import { notFound } from "../http/reply.ts";
import type { Offered, SimplePages } from "../simple/pages.ts";
import type { VisibleFile } from "../storage/index-store.ts";
import { makePage, sendPage, type Fragment } from "./document.ts";

/** Files on a page for people; the simple page has all. */
const MOST_FILES = 200;

/** `/project/<name>/`: a project's releases, for people. */
export function addProjectPage(app: Door, pages: SimplePages, cache: PublishedCache): void {
  app.get("/project/:project/", async (call) => {
    const project = call.req.param("project");
    if (!isNormalisedName(project)) return notFound(call);
    const page = await cache.ofProject(project, "page", async () => {
      const offered = await pages.offered(project);
      return offered && makePage(project, content(project, offered));
    });
    return page === undefined ? notFound(call) : sendPage(call, page);
  });
}

function content(project: string, { files, standing }: Offered): Fragment {
  const newest = [...files.values()].sort((a, b) => b.uploadTime - a.uploadTime || (a.filename < b.filename ? -1 : 1));
  const { status, reason } = standing;
  return html`<h1>${project}</h1>
    ${status === "active" ? "" : html`<p><strong>${status}</strong>${reason === "" ? "" : `: ${reason}`}</p>`}
    <pre>countermark run -- pip install ${project}</pre>
    <ul>
      ${newest.slice(0, MOST_FILES).map(fileLine)}
    </ul>
    <p><a href="../../simple/${project}/">All ${files.size} files</a> · <a href="../../">About this index</a></p>`;
}

function fileLine({ filename, version, uploadTime, sha256, yanked }: VisibleFile): Fragment {
  const day = new Date(uploadTime).toISOString().slice(0, 10);
  const yank = yanked === undefined ? "" : ` · yanked${yanked === "" ? "" : `: ${yanked}`}`;
  return html`<li><strong>${version}</strong> ${filename} · ${day}${yank}<br /><code>${sha256}</code></li>`;
}
