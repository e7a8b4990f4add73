import { createHash } from "node:crypto";
import type { OutgoingHttpHeaders } from "node:http";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";

const compress = promisify(gzip);
const encoder = new TextEncoder();
/** Below this, gzip's own frame and the second cache entry cost more than they save. */
const LEAST_COMPRESSED_BYTES = 500;
/** Above this the fastest level: what is left of such a page is hashes, which no level makes much smaller. */
const LARGE_BYTES = 256 * 1024;
const [FAST, USUAL] = [constants.Z_BEST_SPEED, constants.Z_DEFAULT_COMPRESSION];
/** What one entity costs in memory beside its bytes. */
const OVERHEAD_BYTES = 600;

/** One form of a document, ready to send. */
export interface Representation {
  readonly bytes: Uint8Array;
  /** Quoted. */
  readonly etag: string;
  readonly headers: OutgoingHttpHeaders;
}

/** A document that is made once and sent often, with its compressed form, which has an ETag of its own. */
export interface Entity {
  readonly plain: Representation;
  readonly gzip: Representation | undefined;
}

/** Headers that all forms of a document share. */
export interface EntityHeaders {
  readonly type: string;
  readonly cacheControl: string;
  /** Request headers that decide beside Accept-Encoding. */
  readonly vary?: string;
}

/** The ETag of bytes whose SHA-256 is known: strong, quoted. */
export function etagOf(sha256: string): string {
  return `"${sha256.slice(0, 32)}"`;
}

/** Makes a document ready to send. */
export async function makeEntity(content: string | Uint8Array, about: EntityHeaders): Promise<Entity> {
  const bytes = typeof content === "string" ? encoder.encode(content) : content;
  const tag = createHash("sha256").update(bytes).digest("hex").slice(0, 32);
  const vary = about.vary === undefined ? "Accept-Encoding" : `${about.vary}, Accept-Encoding`;
  const represent = (body: Uint8Array, etag: string, more: OutgoingHttpHeaders): Representation => ({
    bytes: body,
    etag,
    headers: {
      "content-type": about.type,
      "content-length": body.byteLength,
      "cache-control": about.cacheControl,
      etag,
      vary,
      "x-content-type-options": "nosniff",
      ...more,
    },
  });
  const small = bytes.byteLength < LEAST_COMPRESSED_BYTES;
  const compressed = small
    ? undefined
    : exactly(await compress(bytes, { level: bytes.byteLength > LARGE_BYTES ? FAST : USUAL }));
  return {
    plain: represent(bytes, `"${tag}"`, {}),
    gzip: compressed && represent(compressed, `"${tag}-gzip"`, { "content-encoding": "gzip" }),
  };
}

/** The same bytes in memory of their own: those of zlib and of small Buffers are part of a larger piece, which they keep. */
function exactly(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** What an entity costs in memory. */
export function entitySize({ plain, gzip: compressed }: Entity): number {
  return OVERHEAD_BYTES + plain.bytes.byteLength + (compressed?.bytes.byteLength ?? 0);
}
