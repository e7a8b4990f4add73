/** Media types of simple-API documents (PEP 691). */
export type SimpleMediaType =
  "application/vnd.pypi.simple.v1+json" | "application/vnd.pypi.simple.v1+html" | "text/html";

const JSON_V1 = "application/vnd.pypi.simple.v1+json";
const HTML_V1 = "application/vnd.pypi.simple.v1+html";
const PLAIN_HTML = "text/html";

/** Longest `Accept` header that is looked at; behind it, the rest is ignored. */
export const MAX_ACCEPT_LENGTH = 4096;

/** What a range of the `Accept` header can name, best first where a client likes several equally (PEP 691). */
const OFFERS: readonly { readonly type: SimpleMediaType; readonly names: readonly string[] }[] = [
  { type: PLAIN_HTML, names: [PLAIN_HTML, "text/*", "*/*"] },
  { type: HTML_V1, names: [HTML_V1, "application/vnd.pypi.simple.latest+html", "application/*", "*/*"] },
  { type: JSON_V1, names: [JSON_V1, "application/vnd.pypi.simple.latest+json", "application/*", "*/*"] },
];

/**
 * Chooses by an `Accept` header (RFC 9110, 12.5.1). What nobody asked for by name is plain HTML, also where nothing
 * matches: every installer ever made reads it.
 */
export function negotiate(accept: string | undefined): SimpleMediaType {
  const qualities = readAccept((accept ?? "").slice(0, MAX_ACCEPT_LENGTH));
  let best: SimpleMediaType = PLAIN_HTML;
  let bestQuality = 0;
  for (const { type, names } of OFFERS) {
    const name = names.find((candidate) => qualities.has(candidate));
    const quality = (name === undefined ? undefined : qualities.get(name)) ?? 0;
    if (quality > bestQuality) [best, bestQuality] = [type, quality];
  }
  return best;
}

/** Quality by media range; of one that stands twice, the highest. */
function readAccept(accept: string): ReadonlyMap<string, number> {
  const qualities = new Map<string, number>();
  for (const range of accept.split(",")) {
    const [name = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const q = parameters.find((parameter) => /^q\s*=/.test(parameter));
    const quality = q === undefined ? 1 : Number(q.slice(q.indexOf("=") + 1));
    if (quality >= 0 && quality <= 1) qualities.set(name, Math.max(quality, qualities.get(name) ?? 0));
  }
  return qualities;
}
