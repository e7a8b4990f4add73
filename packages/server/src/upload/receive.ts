import type { IncomingMessage } from "node:http";
import busboy, { type BusboyFileStream, type BusboyHeaders, type BusboyInstance } from "@fastify/busboy";
import { FILE_FIELD, type UploadedFile, type UploadFields } from "@countermark/packaging";
import { ServerError } from "../errors.ts";
import type { MemoryShare } from "../http/memory-budget.ts";
import { Pace } from "../http/pace.ts";
import {
  MAX_FIELD_BYTES,
  MAX_FIELD_NAME,
  MAX_FORM_BYTES,
  MAX_PART_HEADER_BYTES,
  MAX_PART_HEADERS,
  MAX_PARTS_WITH_FILES,
  PART_OVERHEAD_BYTES,
  UPLOAD_MS,
  type UploadLimits,
} from "./limits.ts";

/** A file that nobody reads: detached signatures, which twine still sends where there are some. */
const IGNORED_FILE = "gpg_signature";
const MULTIPART = /^multipart\/form-data\s*;/i;

/** What came in: the fields, and what `take` has made of the file. */
export interface Received<T> {
  readonly fields: UploadFields;
  readonly file: UploadedFile;
  readonly taken: T;
}

/**
 * Reads a multipart form as it comes: fields are kept, the file goes through `taking`, in whatever order they stand.
 * Memory is bounded by {@link MAX_FORM_BYTES} and taken from `memory`, time by {@link UPLOAD_MS} and {@link Pace}. The
 * first thing that is wrong ends it.
 * @throws ServerError `UPLOAD_FORM`, `UPLOAD_TOO_LARGE`, `UPLOAD_SLOW`, `UPLOAD_CUT`, `UPLOAD_BUSY`, and whatever `taking`
 *   throws
 */
export function receive<T>(
  incoming: IncomingMessage,
  limits: UploadLimits,
  memory: MemoryShare,
  taking: Taking<T>,
): Promise<Received<T>> {
  return new Reception(incoming, limits, memory, taking).done;
}

/** What becomes of the file. */
export interface Taking<T> {
  /** Reads the file to its end, or fails with its stream and leaves nothing behind. */
  take(bytes: AsyncIterable<Uint8Array>): Promise<T>;
  /** Gives up what was taken, because of something behind it in the form. */
  discard(taken: T): Promise<void>;
}

class Reception<T> {
  readonly done: Promise<Received<T>>;
  readonly #incoming: IncomingMessage;
  readonly #limits: UploadLimits;
  readonly #memory: MemoryShare;
  readonly #taking: Taking<T>;
  readonly #fields = new Map<string, string[]>();
  readonly #parser: BusboyInstance;
  #formBytes = 0;
  #bodyBytes = 0;
  #held = 0;
  #file: { about: UploadedFile; taken: Promise<T>; stream: BusboyFileStream } | undefined;
  #failed: ((error: unknown) => void) | undefined;
  #end: () => void = () => undefined;

  constructor(incoming: IncomingMessage, limits: UploadLimits, memory: MemoryShare, taking: Taking<T>) {
    this.#incoming = incoming;
    this.#limits = limits;
    this.#memory = memory;
    this.#taking = taking;
    this.#parser = makeParser(incoming, limits);
    this.done = new Promise<void>((resolve, reject) => {
      this.#failed = reject;
      this.#listen(resolve);
    })
      .then(() => this.#finish())
      .finally(() => {
        this.#end();
      });
  }

  #listen(resolve: () => void): void {
    const parser = this.#parser;
    parser.on("field", (name, value, _nameTruncated, isTruncated) => {
      this.#guarded(() => {
        this.#addField(name, value, isTruncated);
      });
    });
    parser.on("file", (name, stream, filename, _encoding, type) => {
      // A body that ends in the middle is told of twice: by the parser, which counts, and here.
      stream.on("error", () => undefined);
      if (this.#failed === undefined) stream.resume();
      this.#guarded(() => {
        this.#addFile(name, stream, { filename, contentType: type });
      });
    });
    const tooMany = (what: string) => (): void => {
      this.#fail(tooLarge(`the form has more ${what} than this index takes`));
    };
    parser.on("fieldsLimit", tooMany("fields"));
    parser.on("filesLimit", tooMany("files"));
    parser.on("partsLimit", tooMany("parts"));
    parser.on("finish", resolve);
    parser.on("error", (error) => {
      this.#fail(malformed("it is no multipart form that can be read", error));
    });
    this.#watch();
    this.#incoming.pipe(parser);
  }

  /** Silence, slowness, size and a client that goes away. */
  #watch(): void {
    const pace = new Pace((error) => {
      this.#fail(error);
    });
    const whole = setTimeout(() => {
      const hint = "upload again over a better connection";
      this.#fail(new ServerError("UPLOAD_SLOW", "the upload took too long", { hint }));
    }, UPLOAD_MS).unref();
    const mostBytes = this.#limits.fileBytes + MAX_FORM_BYTES + PART_OVERHEAD_BYTES * this.#limits.fields;
    const onData = (chunk: Buffer): void => {
      this.#bodyBytes += chunk.length;
      pace.progress(chunk.length);
      if (this.#bodyBytes > mostBytes) this.#fail(tooLarge("the request is larger than any upload may be"));
      this.#guarded(() => {
        this.#hold(chunk.length);
      });
    };
    const onGone = (): void => {
      if (!this.#incoming.readableEnded)
        this.#fail(new ServerError("UPLOAD_CUT", "the client went away in the middle"));
    };
    this.#incoming.on("data", onData).on("close", onGone).on("error", onGone);
    this.#end = () => {
      pace.end();
      clearTimeout(whole);
      this.#incoming.off("data", onData).off("close", onGone);
    };
  }

  /** After a failure the parser goes on to the end of the piece that it has: nothing of that counts. */
  #guarded(work: () => void): void {
    if (this.#failed === undefined) return;
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #addField(name: string | undefined, value: string, isTruncated: boolean): void {
    if (name === undefined || name === "" || name.length > MAX_FIELD_NAME)
      throw malformed("a field has no usable name");
    if (name === FILE_FIELD) throw malformed(`${FILE_FIELD} is no file`);
    this.#formBytes += name.length + value.length;
    if (isTruncated || this.#formBytes > MAX_FORM_BYTES) throw tooLarge("the fields of the form are too long");
    const values = this.#fields.get(name);
    if (values === undefined) this.#fields.set(name, [value]);
    else values.push(value);
  }

  #addFile(name: string | undefined, stream: BusboyFileStream, about: UploadedFile): void {
    stream.on("limit", () => {
      this.#fail(tooLarge(`the file has more than ${this.#limits.fileBytes} bytes, which is the most here`));
    });
    if (name === IGNORED_FILE) {
      stream.on("data", (chunk: Buffer) => {
        this.#hold(-chunk.length);
      });
      return;
    }
    if (name !== FILE_FIELD) throw malformed(`the field ${JSON.stringify(name?.slice(0, 40))} is a file`);
    if (this.#file !== undefined) throw malformed(`${FILE_FIELD} stands in it twice`);
    const taken = this.#taking.take(this.#readOn(stream));
    this.#file = { about, taken, stream };
    taken.catch((error: unknown) => {
      this.#fail(error);
    });
  }

  /** What came in lies in memory, in the parser or as a field, until it is read on as the file. */
  #hold(bytes: number): void {
    this.#held += bytes;
    if (bytes < 0) this.#memory.give(-bytes);
    else this.#memory.take(bytes);
    const most = MAX_FORM_BYTES + PART_OVERHEAD_BYTES * this.#limits.fields;
    if (this.#held > most) throw tooLarge("the fields of the form are too long");
  }

  async *#readOn(file: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of file) {
      yield chunk;
      this.#hold(-chunk.byteLength);
    }
  }

  /** The first failure counts. The body is not read on by us; `take` sees its stream fail. */
  #fail(error: unknown): void {
    const failed = this.#failed;
    if (failed === undefined) return;
    this.#failed = undefined;
    this.#incoming.unpipe(this.#parser);
    // Whatever the parser still says while it is given up is no news.
    this.#parser.on("error", () => undefined);
    this.#file?.stream.destroy(error instanceof Error ? error : new Error("given up"));
    const given = this.#file?.taken.then((taken) => this.#taking.discard(taken)) ?? Promise.resolve();
    given
      .catch(() => undefined)
      .finally(() => {
        failed(error);
      });
  }

  async #finish(): Promise<Received<T>> {
    const file = this.#file;
    if (file === undefined) throw malformed(`it carries no file in the field ${FILE_FIELD}`);
    return { fields: this.#fields, file: file.about, taken: await file.taken };
  }
}

function makeParser({ headers }: IncomingMessage, limits: UploadLimits): BusboyInstance {
  const type = headers["content-type"] ?? "";
  if (!MULTIPART.test(type)) throw malformed("it is not multipart/form-data");
  try {
    return new busboy.Busboy({
      headers: headers as BusboyHeaders,
      // A name with a path in it is refused as it stands, not mended.
      preservePath: true,
      isPartAFile: (_name, _type, filename) => filename !== undefined,
      limits: {
        fieldNameSize: MAX_FIELD_NAME,
        fieldSize: MAX_FIELD_BYTES,
        fields: limits.fields,
        fileSize: limits.fileBytes,
        files: MAX_PARTS_WITH_FILES,
        parts: limits.fields + MAX_PARTS_WITH_FILES,
        headerPairs: MAX_PART_HEADERS,
        headerSize: MAX_PART_HEADER_BYTES,
      },
    });
  } catch (error) {
    throw malformed("it is no multipart form that can be read", error);
  }
}

function malformed(reason: string, cause?: unknown): ServerError {
  return new ServerError("UPLOAD_FORM", `the upload form is malformed: ${reason}`, {
    hint: "upload with twine, uv, poetry, pdm, flit, hatch or another tool that speaks the legacy upload API",
    cause,
  });
}

function tooLarge(message: string): ServerError {
  return new ServerError("UPLOAD_TOO_LARGE", message, { hint: "ask the operator of this index about its limits" });
}
