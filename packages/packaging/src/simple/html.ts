import { offeredFiles, SIMPLE_API_VERSION, type PageFile, type ProjectPage, type RootPage } from "./page.ts";

/** A project's page as HTML (PEP 503, PEP 592, PEP 629, PEP 658, PEP 714, PEP 792). */
export function renderProjectHtml(page: ProjectPage): string {
  const { status = "active", reason } = page.status ?? {};
  const metas = [
    meta("project-status", status),
    ...(reason === undefined ? [] : [meta("project-status-reason", reason)]),
  ];
  return document(`Links for ${page.name}`, metas, offeredFiles(page).map(fileAnchor));
}

/** The list of all projects as HTML (PEP 503); links are relative to the list. */
export function renderRootHtml(root: RootPage): string {
  const anchors = root.projects.map((name) => `<a href="${escape(name)}/">${escape(name)}</a><br>\n`);
  return document("Simple index", [], anchors);
}

function document(title: string, metas: readonly string[], anchors: readonly string[]): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
${meta("repository-version", SIMPLE_API_VERSION)}
${metas.map((line) => `${line}\n`).join("")}<title>${escape(title)}</title>
</head>
<body>
<h1>${escape(title)}</h1>
${anchors.join("")}</body>
</html>
`;
}

function meta(name: string, content: string): string {
  return `<meta name="pypi:${name}" content="${escape(content)}">`;
}

function fileAnchor(file: PageFile): string {
  const { coreMetadata, yanked } = file;
  const digest = coreMetadata === undefined ? undefined : `sha256=${coreMetadata}`;
  return (
    `<a href="${escape(file.url)}#sha256=${escape(file.sha256)}"` +
    attribute("data-requires-python", file.requiresPython) +
    attribute("data-yanked", yanked === true ? "" : yanked) +
    attribute("data-dist-info-metadata", digest) +
    attribute("data-core-metadata", digest) +
    `>${escape(file.filename)}</a><br>\n`
  );
}

function attribute(name: string, value: string | undefined): string {
  return value === undefined ? "" : ` ${name}="${escape(value)}"`;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

/** Safe as text and as a quoted attribute. `>` too: tools read anchors with regular expressions. */
function escape(text: string): string {
  return /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, (character) => ESCAPES.get(character) ?? "") : text;
}
