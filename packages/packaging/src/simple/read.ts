/**
 * Reads simple pages that other indexes write (PEP 503, 592, 691), for bringing their files in. What does not look like a
 * link to a file is passed over: people put other links on such pages. Nothing of a page is believed beyond what a
 * person's own `pip` would: its hashes are compared, and the file itself is inspected.
 */

/** One file that a page links to. */
export interface LinkedFile {
  readonly filename: string;
  /** Absolute. */
  readonly url: URL;
  /** Lower-case hex by the algorithm's name in lower case; none where the page gives none. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly requiresPython: string | undefined;
  /** Yanked, with the reason, which may be empty. */
  readonly yanked: string | undefined;
}

/** Most links that are read on one page. */
const MAX_LINKS = 1_000_000;
/** Longest tag that is looked into. */
const MAX_TAG = 16 * 1024;
const HEX = /^[0-9a-f]{32,128}$/;

/** The projects of a list of all projects, as they are written there. Throws a SyntaxError for what is no such list. */
export function readProjectNames(text: string, type: string, page: URL): readonly string[] {
  if (isJson(type)) {
    const { projects } = readObject(text);
    return list(projects).flatMap((project) => texts(field(project, "name")));
  }
  return [...anchorsOf(text, page)].flatMap(({ url, text: shown }) => {
    const last = url.pathname
      .split("/")
      .filter((part) => part !== "")
      .at(-1);
    return shown === "" ? texts(last && decodeURIComponent(last)) : [shown];
  });
}

/** The files of a project's page. Throws a SyntaxError for what is no such page. */
export function readLinkedFiles(text: string, type: string, page: URL): readonly LinkedFile[] {
  if (!isJson(type)) return [...anchorsOf(text, page)].flatMap(fileOfAnchor);
  const { files } = readObject(text);
  return list(files).flatMap((file) => {
    const [filename, href] = [field(file, "filename"), field(file, "url")];
    if (typeof filename !== "string" || typeof href !== "string" || !URL.canParse(href, page.href)) return [];
    const hashes = field(file, "hashes");
    const pairs = typeof hashes === "object" && hashes !== null ? Object.entries(hashes) : [];
    const yanked = field(file, "yanked");
    return {
      filename,
      url: withoutFragment(new URL(href, page.href)),
      hashes: new Map(pairs.flatMap(([name, value]) => hashPair(name, value))),
      requiresPython: texts(field(file, "requires-python"))[0],
      yanked: typeof yanked === "string" ? yanked : yanked === true ? "" : undefined,
    };
  });
}

function isJson(type: string): boolean {
  return type === "application/json" || type.endsWith("+json");
}

function readObject(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new SyntaxError("the page is no object");
  return value as Record<string, unknown>;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value) || value.length > MAX_LINKS) throw new SyntaxError("the page has no list, or one too long");
  return value;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function texts(value: unknown): readonly string[] {
  return typeof value === "string" && value !== "" ? [value] : [];
}

function hashPair(name: string, value: unknown): readonly (readonly [string, string])[] {
  const digest = typeof value === "string" ? value.toLowerCase() : "";
  return HEX.test(digest) ? [[name.toLowerCase(), digest]] : [];
}

interface Anchor {
  readonly url: URL;
  readonly attributes: ReadonlyMap<string, string>;
  readonly text: string;
}

/** The links of an HTML page, one pass over the text. */
function* anchorsOf(html: string, page: URL): Iterable<Anchor> {
  let base = page;
  let count = 0;
  for (const [, name = "", inside = "", text = ""] of html.matchAll(TAG)) {
    const attributes = attributesOf(inside);
    const href = attributes.get("href");
    if (href === undefined || !URL.canParse(href, base.href)) continue;
    if (name.toLowerCase() === "base") base = new URL(href, page.href);
    else if ((count += 1) > MAX_LINKS) throw new SyntaxError(`the page has more than ${MAX_LINKS} links`);
    else yield { url: new URL(href, base.href), attributes, text: decode(text).trim() };
  }
}

const TAG = new RegExp(
  `<(a|base)\\s((?:[^<>"']|"[^"]{0,${MAX_TAG}}"|'[^']{0,${MAX_TAG}}'){0,2000})>([^<]{0,1000})`,
  "gi",
);
const ATTRIBUTE = /([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/gi;

function attributesOf(inside: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = "", double, single, bare] of inside.matchAll(ATTRIBUTE)) {
    const key = name.toLowerCase();
    if (!attributes.has(key)) attributes.set(key, decode(double ?? single ?? bare ?? ""));
  }
  return attributes;
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decode(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos));/gi, (whole, ten, hex, name) => {
    if (typeof name === "string") return NAMED[name.toLowerCase()] ?? whole;
    const point = typeof ten === "string" ? Number(ten) : parseInt(String(hex), 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}

function fileOfAnchor({ url, attributes }: Anchor): readonly LinkedFile[] {
  let filename: string;
  try {
    filename = decodeURIComponent(url.pathname.slice(url.pathname.lastIndexOf("/") + 1));
  } catch {
    return [];
  }
  if (filename === "") return [];
  const [, name = "", digest = ""] = /^#([a-z0-9]+)=([0-9a-fA-F]+)/.exec(url.hash) ?? [];
  return [
    {
      filename,
      url: withoutFragment(url),
      hashes: new Map(hashPair(name, digest)),
      requiresPython: texts(attributes.get("data-requires-python"))[0],
      yanked: attributes.get("data-yanked"),
    },
  ];
}

function withoutFragment(url: URL): URL {
  const plain = new URL(url.href);
  plain.hash = "";
  return plain;
}
