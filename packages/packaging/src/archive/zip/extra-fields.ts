import { PackagingError } from "../../errors.ts";
import { crc32 } from "node:zlib";
import { ambiguous, safe, view } from "./end-record.ts";

const ZIP64_EXTRA = 0x0001;
const UNICODE_PATH_EXTRA = 0x7075;
/** Version byte and CRC-32 before the name in Info-ZIP's Unicode path. */
const UNICODE_PATH_HEADER_BYTES = 5;

/** Sizes and place of an entry, after the ZIP64 extra field has been taken into account. */
export interface Extents {
  readonly size: number;
  readonly compressedSize: number;
  /** Absent in a local header. */
  readonly offset: number | undefined;
}

/**
 * Reads extra fields (APPNOTE 4.5) for what changes meaning. A ZIP64 field must hold exactly the values that the
 * header leaves to it, or repeat the header's; a Unicode path must repeat the name. Other fields (times, owners) are left alone.
 */
export function readExtraFields(extra: Uint8Array, name: Uint8Array, header: Extents): Extents {
  if (extra.length === 0) return requireComplete(header);
  let extents: Extents | undefined;
  let unicodePath = false;
  const fields = view(extra);
  for (let at = 0; at < extra.length;) {
    const end = at + 4 <= extra.length ? at + 4 + fields.getUint16(at + 2, true) : Infinity;
    if (end > extra.length) throw new PackagingError("ZIP_FORMAT", "an extra field is longer than its header says");
    const [id, data] = [fields.getUint16(at, true), extra.subarray(at + 4, end)];
    if ((id === ZIP64_EXTRA && extents !== undefined) || (id === UNICODE_PATH_EXTRA && unicodePath)) {
      throw ambiguous("an extra field occurs twice");
    }
    if (id === ZIP64_EXTRA) extents = readZip64Extra(data, header);
    if (id === UNICODE_PATH_EXTRA) {
      unicodePath = true;
      checkUnicodePath(data, name);
    }
    at = end;
  }
  return extents ?? requireComplete(header);
}

/** What stands without a ZIP64 field. */
function requireComplete(header: Extents): Extents {
  const { size, compressedSize, offset = 0 } = header;
  if (!isLeftToZip64(size) && !isLeftToZip64(compressedSize) && !isLeftToZip64(offset)) return header;
  throw ambiguous("a header leaves a size to a ZIP64 field that is not there");
}

function values({ size, compressedSize, offset }: Extents): number[] {
  return offset === undefined ? [size, compressedSize] : [size, compressedSize, offset];
}

function isLeftToZip64(value: number): boolean {
  return value === 0xffffffff;
}

/** APPNOTE 4.5.3: the values that the header leaves to it, in order. */
function readZip64Extra(data: Uint8Array, header: Extents): Extents {
  const fields = view(data);
  const leftOut = values(header).filter(isLeftToZip64).length;
  if (leftOut === 0 && repeatsSizes(fields, header)) return header;
  if (data.length !== 8 * leftOut) {
    throw ambiguous("a ZIP64 field does not hold exactly what the header leaves to it");
  }
  let at = 0;
  const next = (value: number) => {
    if (!isLeftToZip64(value)) return value;
    at += 8;
    return safe(fields.getBigUint64(at - 8, true));
  };
  const size = next(header.size);
  const compressedSize = next(header.compressedSize);
  return { size, compressedSize, offset: header.offset === undefined ? undefined : next(header.offset) };
}

/** Bazel's tool writes both sizes into a ZIP64 field of every local header, beside the header's own: the same, harmless. */
function repeatsSizes(fields: DataView, { size, compressedSize }: Extents): boolean {
  return (
    fields.byteLength === 16 &&
    fields.getBigUint64(0, true) === BigInt(size) &&
    fields.getBigUint64(8, true) === BigInt(compressedSize)
  );
}

function checkUnicodePath(data: Uint8Array, name: Uint8Array): void {
  const same =
    data.length === UNICODE_PATH_HEADER_BYTES + name.length &&
    data[0] === 1 &&
    view(data).getUint32(1, true) === crc32(name) &&
    name.every((byte, i) => byte === data[UNICODE_PATH_HEADER_BYTES + i]);
  if (!same) throw ambiguous("a Unicode path field names another file than the header");
}
