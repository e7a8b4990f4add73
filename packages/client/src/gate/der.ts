/*
 * As much of DER (X.690) as a certificate needs. Values are whole encoded elements.
 */

/** Tags of universal types, constructed bit included. */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;
const CONTEXT = 0x80;
const CONSTRUCTED = 0x20;

/** An element: tag, length, content. */
function element(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  const header = body.length < 128 ? [tag, body.length] : [tag, 128 + length.length, ...length];
  return Buffer.concat([Buffer.from(header), body]);
}

export const sequence = (...items: readonly Uint8Array[]): Buffer => element(TAG.sequence, ...items);
export const set = (...items: readonly Uint8Array[]): Buffer => element(TAG.set, ...items);
export const utf8 = (text: string): Buffer => element(TAG.utf8, Buffer.from(text));
export const octetString = (bytes: Uint8Array): Buffer => element(TAG.octetString, bytes);
export const isTrue = (): Buffer => element(TAG.boolean, Buffer.from([0xff]));

/** A context-specific tag in place of a type's own: `[number]`, of primitive or constructed content. */
export const context = (number: number, content: Uint8Array): Buffer => element(CONTEXT + number, content);
export const contextConstructed = (number: number, ...items: readonly Uint8Array[]): Buffer =>
  element(CONTEXT + CONSTRUCTED + number, ...items);

/** A non-negative integer, from its big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Buffer.from([0]) : Buffer.from(bytes.subarray(first));
  return element(TAG.integer, ...((digits[0] ?? 0) >= 128 ? [Buffer.from([0])] : []), digits);
}

/** `unused`: bits at the end that do not count. */
export const bitString = (bytes: Uint8Array, unused = 0): Buffer =>
  element(TAG.bitString, Buffer.from([unused]), bytes);

/** An object identifier from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return element(TAG.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(arc: number): number[] {
  const digits = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift(128 + (rest % 128));
  return digits;
}

/** A time in the form that RFC 5280, 4.1.2.5 wants for its year. `ms` since the epoch; parts of seconds are dropped. */
export function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().slice(0, 19).replace(/[-T:]/g, "");
  return digits < "2050"
    ? element(TAG.utcTime, Buffer.from(`${digits.slice(2)}Z`))
    : element(TAG.generalizedTime, Buffer.from(`${digits}Z`));
}
