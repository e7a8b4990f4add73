import type { Answer, Request, Upstream } from "./mirror.ts";

/** A file on a project's page (PEP 691), as far as an attacker cares. */
export interface PageFile {
  filename: string;
  url: string;
  hashes: Record<string, string>;
  size?: number;
  "core-metadata"?: boolean | Record<string, string>;
  "data-dist-info-metadata"?: boolean | Record<string, string>;
  "requires-python"?: string;
  "upload-time"?: string;
}

/** A project's page in JSON (PEP 691, 700). */
export interface Page {
  meta: { "api-version": string };
  name: string;
  versions?: string[];
  files: PageFile[];
}

const JSON_PAGE = "application/vnd.pypi.simple.v1+json";

/** Whether a request is for a project's page. */
export function asksForPage({ path }: Request, project: string): boolean {
  return path === `/simple/${project}/`;
}

/** Answers the index's page after an edit, in the form that the request accepts. */
export async function editedPage(request: Request, upstream: Upstream, edit: (page: Page) => Page): Promise<Answer> {
  const original = await upstream({ ...request, accept: JSON_PAGE });
  if (original.status !== 200) return original;
  const page = edit(JSON.parse(original.body.toString()) as Page);
  return request.accept.includes(JSON_PAGE)
    ? { status: 200, type: JSON_PAGE, body: Buffer.from(JSON.stringify(page)) }
    : { status: 200, type: "text/html", body: Buffer.from(asHtml(page)) };
}

function asHtml(page: Page): string {
  const links = page.files.map(({ filename, url, hashes }) => {
    const digest = hashes["sha256"] ?? "";
    return `<a href="${url}#sha256=${digest}">${filename}</a><br>`;
  });
  return `<!DOCTYPE html><html><body>${links.join("\n")}</body></html>`;
}
