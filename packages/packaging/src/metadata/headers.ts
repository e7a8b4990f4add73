import { PackagingError } from "../errors.ts";
import { quote } from "../quote.ts";

/** Most header lines, continuation lines included. */
export const MAX_HEADER_LINES = 100_000;

const FIELD = /^([A-Za-z][A-Za-z0-9-]*)[ \t]*:(.*)$/s;
/** What tools put before each further line of a field: the specification's bar, distutils' eight spaces, any other fold. */
const MARGIN = /^(?: {7}\|| {8}|[ \t]+)/;

/** Headers by lower-case name, and the text behind them. */
export interface Headers {
  readonly fields: Map<string, string[]>;
  /** Nothing where there is no blank line, or nothing but white space behind it. */
  readonly body: string | undefined;
}

/**
 * Takes headers and body apart as RFC 822 does, by lines that end with LF or CRLF. A folded field keeps its line feeds
 * and loses its margin. Throws `METADATA_FORMAT` for a line that is neither a field, nor continues one.
 */
export function readHeaders(text: string): Headers {
  const found: { name: string; lines: string[] }[] = [];
  let at = 0;
  for (let count = 0; at < text.length; count += 1) {
    if (count === MAX_HEADER_LINES) throw refuse(`more than ${MAX_HEADER_LINES} header lines`);
    const { line, next } = lineAt(text, at);
    at = next;
    if (line === "") break;
    if (line.includes("\r") || line.includes("\0")) throw refuse("a carriage return or NUL inside a header line");
    if (!/^[ \t]/.test(line)) {
      const [, name, value] = FIELD.exec(line) ?? [];
      if (name === undefined || value === undefined) throw refuse(`a line is no field: ${quote(line)}`);
      found.push({ name: name.toLowerCase(), lines: [value.trimStart()] });
    } else {
      const field = found.at(-1);
      if (field === undefined) throw refuse("it begins with a continuation line");
      field.lines.push(line.replace(MARGIN, ""));
    }
  }
  const fields = new Map<string, string[]>();
  for (const { name, lines } of found) {
    const values = fields.get(name);
    const value = lines.join("\n").trimEnd();
    if (values === undefined) fields.set(name, [value]);
    else values.push(value);
  }
  const body = text.slice(at);
  return { fields, body: body.trim() === "" ? undefined : body };
}

function lineAt(text: string, at: number): { line: string; next: number } {
  const lineFeed = text.indexOf("\n", at);
  const end = lineFeed === -1 ? text.length : lineFeed;
  return { line: text.slice(at, end > at && text[end - 1] === "\r" ? end - 1 : end), next: end + 1 };
}

function refuse(reason: string): PackagingError {
  return new PackagingError("METADATA_FORMAT", `the core metadata is malformed: ${reason}`, {
    hint: "metadata is 'Field: value' lines, an empty line, then the description (core metadata specification)",
  });
}
