import { crc32, deflateRawSync } from "node:zlib";

/** One file of an archive: its path and content. */
export type Entry = readonly [path: string, content: string | Uint8Array];

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_DIRECTORY = 0x06054b50;
/** 1 January 1980 in MS-DOS form: archives of equal content are equal. */
const EPOCH_DATE = 0x21;
const [STORED, DEFLATED] = [0, 8];
const REGULAR_FILE = 0o100644 * 0x10000;

/** A plain ZIP archive: entries stored, or deflated if asked to; no extra fields (APPNOTE 4.3). */
export function zip(entries: readonly Entry[], { compress = false } = {}): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [path, content] of entries) {
    const name = Buffer.from(path);
    const plain = Buffer.from(content);
    const data = compress ? deflateRawSync(plain, { level: 9 }) : plain;
    const common = describe(name, plain, data, compress ? DEFLATED : STORED);
    const local = Buffer.concat([uint32(LOCAL_HEADER), common, name, data]);
    centrals.push(central(common, name, offset));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  return Buffer.concat([...locals, directory, endOfDirectory(entries.length, directory.length, offset)]);
}

function describe(name: Buffer, plain: Buffer, data: Buffer, method: number): Buffer {
  const [version, flags, time] = [20, 0, 0];
  return Buffer.concat([
    uint16(version, flags, method, time, EPOCH_DATE),
    uint32(crc32(plain), data.length, plain.length),
    uint16(name.length, 0),
  ]);
}

function central(common: Buffer, name: Buffer, offset: number): Buffer {
  const [madeByUnix, comment, disk, internal] = [0x314, 0, 0, 0];
  const header = [uint32(CENTRAL_HEADER), uint16(madeByUnix), common, uint16(comment, disk, internal)];
  return Buffer.concat([...header, uint32(REGULAR_FILE, offset), name]);
}

function endOfDirectory(count: number, size: number, offset: number): Buffer {
  return Buffer.concat([uint32(END_OF_DIRECTORY), uint16(0, 0, count, count), uint32(size, offset), uint16(0)]);
}

function uint16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, at) => bytes.writeUInt16LE(value, at * 2));
  return bytes;
}

function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, at) => bytes.writeUInt32LE(value >>> 0, at * 4));
  return bytes;
}
