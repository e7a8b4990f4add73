import { crc32, deflateRawSync } from "node:zlib";

/** Fields of a header that a test bends. */
export interface HeaderFields {
  readonly name?: Uint8Array;
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  readonly compressedSize?: number;
  readonly size?: number;
  readonly extra?: Uint8Array;
}

export interface ZipMember {
  readonly name: string;
  readonly content?: string | Uint8Array;
  readonly deflate?: boolean;
  /** What stands in the file in place of the compressed content. */
  readonly raw?: Uint8Array;
  /** Bytes between the member and the next one. */
  readonly gap?: Uint8Array;
  readonly attributes?: number;
  readonly comment?: string;
  readonly offset?: number;
  readonly both?: HeaderFields;
  readonly local?: HeaderFields;
  readonly central?: HeaderFields;
  /** Leaves the member out of the central directory. */
  readonly isHidden?: boolean;
}

export interface EndFields {
  readonly comment?: Uint8Array;
  readonly commentLength?: number;
  readonly entries?: number;
  readonly directorySize?: number;
  readonly directoryOffset?: number;
  /** Bytes between the central directory and the end record. */
  readonly beforeEnd?: Uint8Array;
  readonly prefix?: Uint8Array;
  readonly suffix?: Uint8Array;
}

export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A ZIP archive; well-formed, but for what the arguments bend. */
export function buildZip(members: readonly ZipMember[], end: EndFields = {}): Uint8Array {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const content = typeof member.content === "string" ? ascii(member.content) : (member.content ?? new Uint8Array());
    const raw = member.raw ?? (member.deflate ? deflateRawSync(content) : content);
    const isAscii = /^[\0-\x7f]*$/.test(member.name);
    const natural = {
      name: ascii(member.name),
      flags: isAscii ? 0 : 0x0800,
      method: member.deflate ? 8 : 0,
      crc: crc32(content),
      compressedSize: raw.length,
      size: content.length,
      extra: new Uint8Array(),
      ...member.both,
    };
    const local = Buffer.concat([localHeader({ ...natural, ...member.local }), raw, member.gap ?? new Uint8Array()]);
    if (!member.isHidden)
      centrals.push(centralHeader({ ...natural, ...member.central }, member, member.offset ?? offset));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const comment = end.comment ?? new Uint8Array();
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(end.entries ?? centrals.length, 8);
  record.writeUInt16LE(end.entries ?? centrals.length, 10);
  record.writeUInt32LE(end.directorySize ?? directory.length, 12);
  record.writeUInt32LE(end.directoryOffset ?? offset, 16);
  record.writeUInt16LE(end.commentLength ?? comment.length, 20);
  const none = new Uint8Array();
  return Buffer.concat([
    end.prefix ?? none,
    ...locals,
    directory,
    end.beforeEnd ?? none,
    record,
    comment,
    end.suffix ?? none,
  ]);
}

function localHeader(fields: Required<HeaderFields>): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(fields.flags, 6);
  header.writeUInt16LE(fields.method, 8);
  header.writeUInt32LE(fields.crc, 14);
  header.writeUInt32LE(fields.compressedSize, 18);
  header.writeUInt32LE(fields.size, 22);
  header.writeUInt16LE(fields.name.length, 26);
  header.writeUInt16LE(fields.extra.length, 28);
  return Buffer.concat([header, fields.name, fields.extra]);
}

function centralHeader(fields: Required<HeaderFields>, member: ZipMember, offset: number): Buffer {
  const header = Buffer.alloc(46);
  const comment = ascii(member.comment ?? "");
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE((3 << 8) | 20, 4);
  header.writeUInt16LE(20, 6);
  header.writeUInt16LE(fields.flags, 8);
  header.writeUInt16LE(fields.method, 10);
  header.writeUInt32LE(fields.crc, 16);
  header.writeUInt32LE(fields.compressedSize, 20);
  header.writeUInt32LE(fields.size, 24);
  header.writeUInt16LE(fields.name.length, 28);
  header.writeUInt16LE(fields.extra.length, 30);
  header.writeUInt16LE(comment.length, 32);
  header.writeUInt32LE((member.attributes ?? 0o100644 * 0x10000) >>> 0, 38);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, fields.name, fields.extra, comment]);
}

/** An extra field. */
export function extraField(id: number, data: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4);
  header.writeUInt16LE(id, 0);
  header.writeUInt16LE(data.length, 2);
  return Buffer.concat([header, data]);
}

/** 64-bit little-endian numbers. */
export function uint64(...values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(8 * values.length);
  values.forEach((value, i) => bytes.writeBigUInt64LE(BigInt(value), 8 * i));
  return bytes;
}
