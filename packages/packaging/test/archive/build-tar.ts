import { gzipSync } from "node:zlib";

export interface TarMember {
  readonly name: string | Uint8Array;
  /** Type flag; `0`, a regular file, if left out. */
  readonly type?: string;
  readonly content?: string | Uint8Array;
  readonly linkName?: string;
  readonly prefix?: string;
  /** The size field, if not the content's. */
  readonly size?: string;
  readonly magic?: string;
  readonly checksum?: string;
}

/** The end mark, padded as GNU tar does. */
export const TAR_END = Buffer.alloc(10_240);

/** A tar archive; well-formed, but for what the arguments bend. */
export function buildTar(members: readonly TarMember[], end: Uint8Array = TAR_END): Buffer {
  return Buffer.concat([...members.flatMap(memberBlocks), end]);
}

/** {@link buildTar}, compressed. */
export function buildTarGz(members: readonly TarMember[], end: Uint8Array = TAR_END): Buffer {
  return gzipSync(buildTar(members, end));
}

function memberBlocks(member: TarMember): readonly Uint8Array[] {
  const content = Buffer.from(member.content ?? "");
  const header = Buffer.alloc(512);
  header.set(Buffer.from(member.name).subarray(0, 100), 0);
  header.write("0000644\x000000000\x000000000\0", 100, "latin1");
  header.write(member.size ?? `${content.length.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  header.write("00000000000\0", 136, "latin1");
  header.write(member.type ?? "0", 156, "latin1");
  header.write(member.linkName ?? "", 157);
  header.write(member.magic ?? "ustar\x0000", 257, "latin1");
  header.write(member.prefix ?? "", 345);
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(member.checksum ?? `${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
}

/** A pax extended header. */
export function pax(records: readonly (readonly [keyword: string, value: string])[], type = "x"): TarMember {
  return { name: "PaxHeader", type, content: records.map(([keyword, value]) => paxRecord(keyword, value)).join("") };
}

function paxRecord(keyword: string, value: string): string {
  const rest = Buffer.byteLength(` ${keyword}=${value}\n`);
  let length = rest + 1;
  while (length !== rest + length.toString().length) length = rest + length.toString().length;
  return `${length} ${keyword}=${value}\n`;
}
