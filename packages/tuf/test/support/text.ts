import fc from "fast-check";

/** Any character that UTF-8 can hold, half of them of the places where readers go wrong. */
const character = fc
  .oneof(
    fc.constantFrom("\0", "\n", '"', "\\", "/", "\u007f", "\u2028", "\ufb01", "\uffff", "\u{1f600}", "\u{10ffff}"),
    fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
  )
  .filter((each) => each.isWellFormed());

export const anyText = fc.string({ unit: character, maxLength: 6 });
