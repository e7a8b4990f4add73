import { PackagingError } from "../../errors.ts";

/** Bytes of a header, and what content is padded to. */
export const BLOCK_BYTES = 512;

const CHECKSUM_AT = 148;
const CHECKSUM_END = 156;
const MAGIC_AT = 257;
const PREFIX_AT = 345;
const PREFIX_END = 500;

/** What a tar header says (POSIX.1-2001 `ustar`, GNU's form of it, and the old form of Unix V7). */
export interface TarHeader {
  /** The type flag as a character; `0` for both spellings of a regular file. */
  readonly type: string;
  readonly name: Uint8Array;
  readonly linkName: Uint8Array;
  readonly size: number;
}

/** Whether a block has a tar header's checksum. */
export function hasTarChecksum(block: Uint8Array): boolean {
  const stated = octal(block.subarray(CHECKSUM_AT, CHECKSUM_END));
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK_BYTES; i += 1) if (i < CHECKSUM_AT || i >= CHECKSUM_END) sum += block[i] ?? 0;
  return stated === sum;
}

/** Reads one header block. Throws `TAR_FORMAT`. */
export function readTarHeader(block: Uint8Array): TarHeader {
  if (!hasTarChecksum(block)) throw malformed("a header's checksum is wrong");
  const magic = ascii(block.subarray(MAGIC_AT, MAGIC_AT + 8));
  const isGnu = magic === "ustar  \0";
  const isOld = block.subarray(MAGIC_AT).every((byte) => byte === 0);
  if (!isGnu && !isOld && magic !== "ustar\x0000") throw malformed("a header is neither POSIX's nor GNU's nor V7's");
  const prefix = block.subarray(PREFIX_AT, PREFIX_END);
  if (isGnu && prefix.some((byte) => byte !== 0)) throw malformed("a GNU header uses the place of POSIX's name prefix");
  const size = octal(block.subarray(124, 136));
  if (size === undefined) throw malformed("a member's size is not an octal number");
  const flag = String.fromCharCode(block[156] ?? 0);
  return {
    type: flag === "\0" ? "0" : flag,
    name: joinName(untilNul(prefix), untilNul(block.subarray(0, 100))),
    linkName: untilNul(block.subarray(157, 257)),
    size,
  };
}

function joinName(prefix: Uint8Array, name: Uint8Array): Uint8Array {
  if (prefix.length === 0) return name;
  const joined = new Uint8Array(prefix.length + 1 + name.length);
  joined.set(prefix);
  joined[prefix.length] = 0x2f;
  joined.set(name, prefix.length + 1);
  return joined;
}

/** The bytes before the first NUL. */
export function untilNul(field: Uint8Array): Uint8Array {
  const end = field.indexOf(0);
  return end === -1 ? field : field.subarray(0, end);
}

/** An octal number with blanks before and NULs or blanks behind, and no other form of one. */
function octal(field: Uint8Array): number | undefined {
  const digits = /^ *([0-7]+)[ \u0000]*$/.exec(ascii(field))?.[1];
  return digits === undefined ? undefined : parseInt(digits, 8);
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** The refusal of bytes that are no tar archive. */
export function malformed(reason: string): PackagingError {
  return new PackagingError("TAR_FORMAT", `not a well-formed tar archive: ${reason}`, {
    hint: "rebuild the sdist with a current build tool",
  });
}
