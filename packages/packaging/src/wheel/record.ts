import { PackagingError } from "../errors.ts";
import { quote } from "../quote.ts";

/** Largest RECORD, in bytes. */
export const MAX_RECORD_BYTES = 32 * 1024 * 1024;
/** Most lines: more than a ZIP archive may have members. */
export const MAX_RECORD_ROWS = 250_000;

/** One line of RECORD (PEP 376, "RECORD"; PEP 427, "Signed wheel files"). */
export interface RecordRow {
  readonly path: string;
  /** `sha256`, `sha384` or `sha512`; nothing where the hash is left out. */
  readonly algorithm?: string;
  /** URL-safe base64 without padding. */
  readonly digest?: string;
  /** In bytes. */
  readonly size?: number;
}

const FIELD = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
/** PEP 427: SHA-256 or better. */
const ALGORITHMS: ReadonlySet<string> = new Set(["sha256", "sha384", "sha512"]);

/** Reads RECORD: comma-separated, UTF-8, a path once only. Throws `WHEEL_RECORD`. */
export function parseRecord(bytes: Uint8Array): ReadonlyMap<string, RecordRow> {
  const rows = new Map<string, RecordRow>();
  const text = decode(bytes);
  for (let at = 0, end = 0; at < text.length; at = end + 1) {
    const lineFeed = text.indexOf("\n", at);
    end = lineFeed === -1 ? text.length : lineFeed;
    const line = text.slice(at, text[end - 1] === "\r" ? end - 1 : end);
    if (line === "") continue;
    const row = readRow(line);
    if (rows.has(row.path)) throw recordProblem(`it lists ${quote(row.path)} twice`);
    if (rows.size === MAX_RECORD_ROWS) throw recordProblem(`it has more than ${MAX_RECORD_ROWS} lines`);
    rows.set(row.path, row);
  }
  return rows;
}

function readRow(line: string): RecordRow {
  const [path, hash, size, ...more] = readFields(line);
  if (path === undefined || hash === undefined || size === undefined || more.length > 0) {
    throw recordProblem(`a line has not three fields: ${quote(line)}`);
  }
  const equals = hash.indexOf("=");
  const algorithm = hash.slice(0, Math.max(equals, 0));
  if (hash !== "" && !ALGORITHMS.has(algorithm)) {
    throw recordProblem(`the hash of ${quote(path)} is not SHA-256 or better`);
  }
  if (size !== "" && !/^[0-9]{1,15}$/.test(size)) throw recordProblem(`the size of ${quote(path)} is not a number`);
  return {
    path,
    ...(hash !== "" && { algorithm, digest: hash.slice(equals + 1).replace(/=+$/, "") }),
    ...(size !== "" && { size: Number(size) }),
  };
}

function readFields(line: string): readonly string[] {
  const fields: string[] = [];
  FIELD.lastIndex = 0;
  for (let separator = ","; separator === ",";) {
    const [found, quoted, plain, next] = FIELD.exec(line) ?? [];
    if (found === undefined || next === undefined) throw recordProblem(`a line is malformed: ${quote(line)}`);
    fields.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    separator = next;
  }
  return fields;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw recordProblem("it is not UTF-8", cause);
  }
}

/** Something wrong with RECORD. */
export function recordProblem(reason: string, cause?: unknown): PackagingError {
  return new PackagingError("WHEEL_RECORD", `the wheel's RECORD is wrong: ${reason}`, {
    cause,
    hint: "rebuild the wheel, or repack it with `wheel pack`, which writes RECORD anew",
  });
}
