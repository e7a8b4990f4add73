/** The bytes that JSON is built of. */
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const ZERO = 0x30;
export const NINE = 0x39;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;

/** 0 for bytes that stand for themselves in a string; 1 for those that end it, must be decoded or must not occur. */
export const ENDS_PLAIN_STRING: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  return byte < 0x20 || byte > 0x7f || byte === QUOTE || byte === BACKSLASH ? 1 : 0;
});

/** 1 for the digits of lower-case hex. */
export const HEX_DIGITS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  return (byte >= ZERO && byte <= NINE) || (byte >= 0x61 && byte <= 0x66) ? 1 : 0;
});
