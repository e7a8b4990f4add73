/**
 * Whether a path pattern covers a target path (TUF 4.5): `*` stands for any number of characters, `?` for one, neither
 * for `/`; everything else for itself, exactly. Takes at most pattern length x path length steps, however many `*`.
 */
export function matchesPattern(pattern: string, path: string): boolean {
  let inPattern = 0;
  let inPath = 0;
  let star = -1;
  let starPath = 0;
  while (inPath < path.length) {
    const wanted = pattern.charAt(inPattern);
    const found = path.charAt(inPath);
    if (wanted === "*") {
      star = inPattern;
      starPath = inPath;
      inPattern += 1;
    } else if (wanted === "?" ? found !== "/" : wanted === found && wanted !== "") {
      inPattern += 1;
      inPath += wanted === "?" ? characterLength(path, inPath) : 1;
    } else if (star !== -1 && path.charAt(starPath) !== "/") {
      // The last star takes one character more; earlier ones need not, since it can take whatever they could.
      starPath += characterLength(path, starPath);
      inPath = starPath;
      inPattern = star + 1;
    } else {
      return false;
    }
  }
  while (pattern.charAt(inPattern) === "*") inPattern += 1;
  return inPattern === pattern.length;
}

/** `?` is one character for the reader of a pattern, also where UTF-16 needs two units for it. */
function characterLength(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

/** Where the first wildcard stands, -1 where there is none. */
export function firstWildcard(pattern: string): number {
  const star = pattern.indexOf("*");
  const mark = pattern.indexOf("?");
  return star === -1 || mark === -1 ? Math.max(star, mark) : Math.min(star, mark);
}
