import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Readable } from "node:stream";
import {
  checkDigests,
  compareFormWithFile,
  DigestStream,
  FILE_FIELD,
  PackagingError,
  readUploadForm,
  type UploadDigests,
  type UploadForm,
} from "@countermark/packaging";
import { Busboy, type BusboyFileStream, type BusboyInstance } from "@fastify/busboy";
import type { Upload, UploadCollector } from "../agent/upload-collector.ts";
import { ClientError } from "../errors.ts";
import { MAX_DISTRIBUTION_BYTES } from "../verify/fetch/limits.ts";
import { inspectFile, type PreparedFile } from "./prepared-file.ts";

/** Uploads that one run may make. */
const MAX_UPLOADS = 500;
/** Fields of one form: a project with thousands of classifiers and dependencies has fewer. */
const MAX_FIELDS = 10_000;
const MAX_FIELD_NAME_BYTES = 200;
/** Longest field: a description. */
const MAX_FIELD_BYTES = 8 * 1024 * 1024;
/** All fields of one form together, in characters. */
const MAX_FORM_CHARACTERS = 16 * 1024 * 1024;

/**
 * What the tools of a run upload, kept in a folder of its own until the person has seen it. Nothing is signed or sent here:
 * any build dependency of the child could post.
 */
export class CollectedUploads implements UploadCollector, AsyncDisposable {
  readonly #folder: string;
  readonly #project: string;
  readonly #files = new Map<string, PreparedFile>();
  /** What was refused because it is of another project: told to the person after the child has ended. */
  readonly strangers: string[] = [];
  #count = 0;

  private constructor(folder: string, project: string) {
    this.#folder = folder;
    this.#project = project;
  }

  /** @param project the only project whose files are taken; normalised */
  static async open(project: string): Promise<CollectedUploads> {
    return new CollectedUploads(await mkdtemp(join(tmpdir(), "countermark-uploads-")), project);
  }

  get files(): readonly PreparedFile[] {
    return [...this.#files.values()];
  }

  /** Takes one upload. @throws ClientError `UPLOAD_FORM`, `DIST_REFUSED`, `DIST_PROJECT`, `DIST_DIFFERS` */
  async collect(upload: Upload): Promise<void> {
    this.#count += 1;
    if (this.#count > MAX_UPLOADS) throw malformed(`a run makes at most ${MAX_UPLOADS} uploads`);
    const path = join(this.#folder, String(this.#count));
    const { form, digests } = await receive(upload, path);
    const { file, distribution } = await inspectFile(path, form.filename);
    this.#requireOwn(file);
    // What is signed is the file: whoever reads the tool's own output must have read of the same one.
    understood(() => {
      checkDigests(form.digests, digests);
      compareFormWithFile(form, distribution);
    });
    const before = this.#files.get(file.filename);
    if (before !== undefined && before.sha256 !== file.sha256) {
      throw new ClientError("DIST_DIFFERS", `${file.filename} was uploaded twice, with different content`);
    }
    this.#files.set(file.filename, { ...file, inDist: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  #requireOwn({ project, filename }: PreparedFile): void {
    if (project === this.#project) return;
    this.strangers.push(filename);
    throw new ClientError("DIST_PROJECT", `${filename} is of ${project}; this run releases ${this.#project} alone`, {
      hint: "if you did not mean to release it, something that ran in the command did",
    });
  }
}

interface ReceivedForm {
  readonly form: UploadForm;
  /** Of the file as it came. */
  readonly digests: UploadDigests;
}

/** Reads a form piece by piece: its file goes to the disk, its fields are counted before they are kept. */
async function receive({ contentType, body }: Upload, path: string): Promise<ReceivedForm> {
  const fields = new Map<string, string[]>();
  let characters = 0;
  let file: { filename: string; contentType: string | undefined } | undefined;
  let writing: Promise<UploadDigests> | undefined;
  let wrong: ClientError | undefined;
  const parser = makeParser(contentType);
  parser.on("field", (name, value, nameTruncated, valueTruncated) => {
    characters += name.length + value.length;
    const values = fields.get(name);
    if (nameTruncated || valueTruncated || characters > MAX_FORM_CHARACTERS) wrong ??= malformed("a field is too long");
    else if (values === undefined) fields.set(name, [value]);
    else values.push(value);
  });
  parser.on("file", (name, stream, filename, _encoding, type) => {
    if (name !== FILE_FIELD || writing !== undefined) {
      // A signature (`gpg_signature`) or a second file: read, and thrown away.
      if (name === FILE_FIELD) wrong ??= malformed("two files came in one upload");
      stream.resume();
      return;
    }
    file = { filename, contentType: type === "" ? undefined : type };
    writing = write(stream, path);
    writing.catch(() => undefined);
  });
  for (const limit of ["partsLimit", "filesLimit", "fieldsLimit"] as const) {
    parser.on(limit, () => (wrong ??= malformed("the form has too many parts")));
  }
  await feed(body, parser);
  const digests = await writing;
  if (wrong !== undefined) throw wrong;
  if (file === undefined || digests === undefined) throw malformed("no file came with the upload");
  const named = file;
  return { form: understood(() => readUploadForm(fields, named)), digests };
}

function makeParser(contentType: string): BusboyInstance {
  try {
    return new Busboy({
      headers: { "content-type": contentType },
      limits: {
        fieldNameSize: MAX_FIELD_NAME_BYTES,
        fieldSize: MAX_FIELD_BYTES,
        fields: MAX_FIELDS,
        files: 2,
        fileSize: MAX_DISTRIBUTION_BYTES + 1,
      },
    });
  } catch (cause) {
    throw malformed("it is no multipart form", cause);
  }
}

async function feed(body: Readable, parser: BusboyInstance): Promise<void> {
  try {
    await pipeline(body, parser);
  } catch (cause) {
    throw malformed("the form ends in the middle, or is not well-formed", cause);
  }
}

async function write(stream: BusboyFileStream, path: string): Promise<UploadDigests> {
  const digests = new DigestStream();
  stream.on("data", (bytes: Buffer) => {
    digests.update(bytes);
  });
  await pipeline(stream, createWriteStream(path, { flags: "wx", mode: 0o600 }));
  if (stream.truncated) throw malformed(`a file is larger than ${MAX_DISTRIBUTION_BYTES} bytes`);
  return digests.digests();
}

/** The pure package's verdict on a form in this package's codes. */
function understood<T>(verdict: () => T): T {
  try {
    return verdict();
  } catch (error) {
    if (!(error instanceof PackagingError)) throw error;
    const differs = error.code === "UPLOAD_MISMATCH" || error.code === "UPLOAD_DIGEST";
    throw new ClientError(differs ? "DIST_DIFFERS" : "UPLOAD_FORM", `upload: ${error.message}`, {
      hint: "nothing was signed; build it anew and upload it with a current tool",
      cause: error,
    });
  }
}

function malformed(what: string, cause?: unknown): ClientError {
  return new ClientError("UPLOAD_FORM", `upload: ${what}`, {
    hint: "nothing was signed; the tool that uploads sends something else than twine and its like do",
    ...(cause !== undefined && { cause }),
  });
}
