const INTEGER = 0x02;
const SEQUENCE = 0x30;

/** A DER element (X.690, 8.1) of up to 65,535 bytes. */
export function der(tag: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([tag, ...lengthOctets(content.length)]), content]);
}

/** A SEQUENCE. */
export function derSequence(...elements: readonly Uint8Array[]): Buffer {
  return der(SEQUENCE, Buffer.concat(elements));
}

/** An INTEGER from a magnitude, of which leading zeros are dropped (X.690, 8.3.2). */
export function derInteger(magnitude: Uint8Array): Buffer {
  const from = magnitude.findIndex((byte) => byte !== 0);
  const digits = from < 0 ? Uint8Array.of(0) : magnitude.subarray(from);
  return der(INTEGER, (digits[0] ?? 0) < 0x80 ? digits : Buffer.concat([Uint8Array.of(0), digits]));
}

/** The magnitudes of a SEQUENCE of INTEGERs as OpenSSL wrote it: views, with a leading zero where the sign asks for one. */
export function integersOf(sequence: Buffer): readonly Buffer[] {
  const integers: Buffer[] = [];
  let [, rest] = elementOf(sequence);
  while (rest.length > 0) {
    const [after, content] = elementOf(rest);
    integers.push(content);
    rest = after;
  }
  return integers;
}

/** What follows the first element, and its content. */
function elementOf(bytes: Buffer): [after: Buffer, content: Buffer] {
  const first = bytes[1] ?? 0;
  const more = first < 0x80 ? 0 : first & 0x7f;
  const length = more === 0 ? first : bytes.readUIntBE(2, more);
  return [bytes.subarray(2 + more + length), bytes.subarray(2 + more, 2 + more + length)];
}

function lengthOctets(length: number): readonly number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}
