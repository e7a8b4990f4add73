/** Longest foreign text that is shown in one line, in characters. */
const MAX_LINE = 300;

/**
 * Foreign text for one line of a terminal or a log: control and format characters, which could move a cursor, hide a line
 * or turn its direction, become `?`; what is too long is cut.
 */
export function printable(text: string, max = MAX_LINE): string {
  const clean = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
  return clean.length <= max ? clean : `${clean.slice(0, max - 1)}…`;
}

/** Foreign text for an HTTP reason phrase: printable ASCII, one line (RFC 9112, section 4). */
export function reasonPhrase(text: string, max = 200): string {
  const clean = text.replace(/[^\x20-\x7e]/g, "?");
  return clean.length <= max ? clean : `${clean.slice(0, max - 3)}...`;
}
