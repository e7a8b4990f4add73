/** Longest piece of foreign text that a message repeats. */
const MAX_QUOTED = 120;

/** Foreign text for a one-line message: printable ASCII in double quotes, all else escaped, shortened. */
export function quote(text: string): string {
  const short = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
  return JSON.stringify(short).replace(
    /[^\x20-\x7e…]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
