/** Whether `a` comes strictly before `b` by code points, which is also the order of their UTF-8 bytes. */
export function ascends(a: string, b: string): boolean {
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  if (at === length) return a.length < b.length;
  return codePointRank(a.charCodeAt(at)) < codePointRank(b.charCodeAt(at));
}

/** For `Array.sort`: by code points. */
export function compareCodePoints(a: string, b: string): number {
  if (a === b) return 0;
  return ascends(a, b) ? -1 : 1;
}

/** Lifts surrogates above U+FFFF: by code units alone, U+1F600 (D83D DE00) would sort before U+FB01. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
