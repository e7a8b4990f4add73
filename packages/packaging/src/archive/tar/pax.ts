import { PackagingError } from "../../errors.ts";
import { quote } from "../../quote.ts";
import { malformed } from "./header.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const MAX_RECORD_LENGTH_DIGITS = 8;

/** Keywords that change what is unpacked, and are allowed for one member. */
const MEANINGFUL = new Set(["path", "linkpath", "size"]);

/**
 * Reads the records of a pax extended header (POSIX.1-2001, "pax Header Block"): the keywords that matter here.
 * Sparse files and other character sets are refused, as is a keyword that stands twice.
 */
export function readPaxRecords(content: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const records = new Map<string, Uint8Array>();
  for (let at = 0; at < content.length;) {
    const { keyword, value, end } = readRecord(content, at);
    if (keyword.startsWith("GNU.sparse.") || keyword === "hdrcharset") {
      throw new PackagingError("ARCHIVE_UNSUPPORTED", `pax keyword ${quote(keyword)} is not supported`);
    }
    if (records.has(keyword)) throw malformed(`pax keyword ${quote(keyword)} stands twice`);
    records.set(keyword, value);
    at = end;
  }
  return records;
}

/** A global header may carry comments (`git archive` does), but nothing that changes what is unpacked. */
export function checkGlobalPax(records: ReadonlyMap<string, Uint8Array>): void {
  const keyword = [...records.keys()].find((name) => MEANINGFUL.has(name));
  if (keyword !== undefined) throw malformed(`pax keyword ${quote(keyword)} stands in a global header`);
}

/** One record: its length in decimal, a blank, `keyword=value`, a line feed. */
function readRecord(content: Uint8Array, start: number): { keyword: string; value: Uint8Array; end: number } {
  const blank = content.indexOf(0x20, start);
  const digits = blank === -1 ? "" : String.fromCharCode(...content.subarray(start, Math.min(blank, start + 9)));
  const valid = digits.length <= MAX_RECORD_LENGTH_DIGITS && /^[1-9][0-9]*$/.test(digits);
  const end = valid ? start + Number(digits) : Infinity;
  const equals = content.indexOf(0x3d, blank);
  if (end > content.length || content[end - 1] !== 0x0a || equals === -1 || equals >= end - 1) {
    throw malformed("a pax record is malformed");
  }
  return { keyword: decode(content.subarray(blank + 1, equals)), value: content.subarray(equals + 1, end - 1), end };
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new PackagingError("TAR_FORMAT", "not a well-formed tar archive: a pax keyword is not UTF-8", { cause });
  }
}
