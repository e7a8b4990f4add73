const PLAIN = /^[A-Za-z0-9._/+-]{1,80}$/;
const LONGEST = 80;

/**
 * Foreign text as messages show it: plain names as they are, anything else quoted, cut off and in printable ASCII alone,
 * so that no role name moves a terminal's cursor or begins a new line in a log.
 */
export function shown(text: string): string {
  if (PLAIN.test(text)) return text;
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return JSON.stringify(cut).replace(/[^ -~]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
