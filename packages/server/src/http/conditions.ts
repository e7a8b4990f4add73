/** Longest header that is looked into; of a longer one nothing is believed. */
const MAX_HEADER = 4096;

/** Whether an `If-None-Match` names this ETag (RFC 9110, 13.1.2: weak comparison). */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined || header.length > MAX_HEADER) return false;
  if (header === etag || header === "*") return true;
  return header.split(",").some((one) => one.trim().replace(/^W\//, "") === etag);
}

/** Whether an `Accept-Encoding` takes gzip (RFC 9110, 12.5.3). */
export function acceptsGzip(header: string | undefined): boolean {
  if (header === undefined || header.length > MAX_HEADER) return false;
  let star = false;
  for (const part of header.toLowerCase().split(",")) {
    const [coding = "", ...parameters] = part.split(";").map((text) => text.trim());
    const refused = parameters.some((parameter) => /^q\s*=\s*0(\.0*)?$/.test(parameter));
    if (coding === "gzip" || coding === "x-gzip") return !refused;
    if (coding === "*") star = !refused;
  }
  return star;
}

/** The bytes that are asked for: from `start` to `end`, exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Units of ranges are the same in either case (RFC 9110, 14.1). */
const RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/i;

/**
 * Reads a `Range` header (RFC 9110, 14.1.2). Undefined: answer as if there were none, as for several ranges at once,
 * which no installer asks for. `unsatisfiable`: 416.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | "unsatisfiable" | undefined {
  const [, first, last] = RANGE.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size };
  }
  const [start, end] = [Number(first), last === "" ? size : Math.min(Number(last) + 1, size)];
  if (last !== "" && Number(last) < start) return undefined;
  return start >= size ? "unsatisfiable" : { start, end };
}
