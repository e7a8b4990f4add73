import type { OutgoingHttpHeaders } from "node:http";
import { ByteCache } from "../http/byte-cache.ts";
import { matchesEtag, parseRange, type ByteRange } from "../http/conditions.ts";
import type { Call } from "../http/door.ts";
import { etagOf } from "../http/entity.ts";
import { headersOf, reply, replyStream, replyText } from "../http/reply.ts";
import type { BlobStore } from "../storage/blob-store.ts";
import type { VisibleFile } from "../storage/index-store.ts";
import { lost, Pieces } from "./pieces.ts";

/** Up to here a file is read and kept as a whole; above it is streamed, or sent piece by piece. */
export const WHOLE_FILE_BYTES = 256 * 1024;
/** A name never gets other content. */
const IMMUTABLE = "public, max-age=31536000, immutable";

/** Sends blobs. Never compressed: they are archives, and installers hash what they get. */
export class FileSender {
  readonly #blobs: BlobStore;
  /** Small files by their digests, and pieces of larger ones. */
  readonly #small: ByteCache<Uint8Array>;
  readonly #pieces: Pieces;

  /** `cacheBytes`: memory for files that are asked for often. */
  constructor(blobs: BlobStore, cacheBytes: number) {
    this.#blobs = blobs;
    this.#small = new ByteCache(cacheBytes);
    this.#pieces = new Pieces(blobs, this.#small);
  }

  distribution(call: Call, { sha256, length }: VisibleFile): Promise<Response> | Response {
    return this.#send(call, sha256, length, "application/octet-stream");
  }

  /** The metadata of a wheel (PEP 658). */
  async metadata(call: Call, sha256: string): Promise<Response> {
    const length = this.#small.get(sha256)?.byteLength ?? (await this.#blobs.size(sha256));
    if (length === undefined) throw lost(sha256);
    return this.#send(call, sha256, length, "text/plain; charset=utf-8");
  }

  #send(call: Call, sha256: string, length: number, type: string): Promise<Response> | Response {
    const asked = headersOf(call);
    const etag = etagOf(sha256);
    const common = { etag, "cache-control": IMMUTABLE, "accept-ranges": "bytes", "x-content-type-options": "nosniff" };
    if (matchesEtag(asked["if-none-match"], etag)) return reply(call, 304, common);
    const conditional = asked["if-range"];
    const stale = conditional !== undefined && conditional !== etag;
    // RFC 9110, 14.2: ranges are of GET alone.
    const range = stale || call.req.method !== "GET" ? undefined : parseRange(asked.range, length);
    if (range === "unsatisfiable")
      return replyText(call, 416, "No such range.", { "content-range": `bytes */${length}` });
    const { start, end } = range ?? { start: 0, end: length };
    const headers: OutgoingHttpHeaders = { ...common, "content-type": type, "content-length": end - start };
    if (range !== undefined) headers["content-range"] = `bytes ${start}-${end - 1}/${length}`;
    return this.#body(call, range === undefined ? 200 : 206, headers, sha256, length, { start, end });
  }

  #body(
    call: Call,
    status: number,
    headers: OutgoingHttpHeaders,
    sha256: string,
    length: number,
    { start, end }: ByteRange,
  ): Promise<Response> | Response {
    const kept = this.#small.get(sha256);
    if (kept !== undefined) return reply(call, status, headers, part(kept, start, end));
    if (call.req.method === "HEAD") return reply(call, status, headers);
    return length <= WHOLE_FILE_BYTES
      ? this.#whole(call, status, headers, sha256, { start, end })
      : this.#stream(call, status, headers, sha256, length, { start, end });
  }

  async #whole(
    call: Call,
    status: number,
    headers: OutgoingHttpHeaders,
    sha256: string,
    { start, end }: ByteRange,
  ): Promise<Response> {
    const bytes = await this.#blobs.read(sha256);
    if (bytes === undefined || bytes.byteLength < end) throw lost(sha256);
    this.#small.set(sha256, bytes, bytes.byteLength);
    return reply(call, status, headers, part(bytes, start, end));
  }

  async #stream(
    call: Call,
    status: number,
    headers: OutgoingHttpHeaders,
    sha256: string,
    length: number,
    range: ByteRange,
  ): Promise<Response> {
    const kept = this.#pieces.read(sha256, length, range);
    const chunks = kept ?? (await this.#blobs.stream(sha256, range.start, range.end));
    if (chunks === undefined) throw lost(sha256);
    return replyStream(call, status, headers, chunks);
  }
}

function part(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return start === 0 && end === bytes.byteLength ? bytes : bytes.subarray(start, end);
}
