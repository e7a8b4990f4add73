import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { checkDistribution, PackagingError, type Distribution } from "@countermark/packaging";
import { ClientError, systemCode } from "../errors.ts";
import { TO_READ } from "../platform.ts";
import { descriptorSource } from "../verify/descriptor-source.ts";
import { MAX_DISTRIBUTION_BYTES } from "../verify/fetch/limits.ts";

/** A file that was read from end to end and found fit to be published. */
export interface PreparedFile {
  readonly path: string;
  readonly filename: string;
  /** Normalised (PEP 503). */
  readonly project: string;
  /** Normalised (PEP 440). */
  readonly version: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly length: number;
  readonly requiresPython?: string;
  /** SHA-256 of a wheel's METADATA. */
  readonly coreMetadata?: string;
  /** Whether it lies in a folder called `dist`, where builds leave their results. */
  readonly inDist: boolean;
}

/**
 * Reads files from disk and checks their archives from end to end.
 * @param name what the file is called where it is not `path`'s last part
 * @throws ClientError `DIST_REFUSED` with all that is wrong
 */
export async function prepareFile(path: string, name: string = basename(path)): Promise<PreparedFile> {
  return (await inspectFile(path, name)).file;
}

/** The same, with what the file says about itself, for whoever compares it with what is said elsewhere. */
export async function inspectFile(
  path: string,
  name: string,
): Promise<{ readonly file: PreparedFile; readonly distribution: Distribution }> {
  const handle = await openFile(path);
  try {
    const { size } = await handle.stat();
    if (size > MAX_DISTRIBUTION_BYTES) throw refused(path, `is larger than ${MAX_DISTRIBUTION_BYTES} bytes`);
    const distribution = check(name, handle, size);
    const { length, sha256 } = await digestOf(path);
    if (length !== size) throw refused(path, "changed while it was read");
    return { file: describe(path, name, distribution, { length, sha256 }), distribution };
  } finally {
    await handle.close();
  }
}

/** The project that all of the files are of. Throws ClientError `DIST_PROJECT`. */
export function projectOf(files: readonly PreparedFile[]): string {
  const projects = [...new Set(files.map(({ project }) => project))];
  const [only] = projects;
  if (only !== undefined && projects.length === 1) return only;
  throw new ClientError("DIST_PROJECT", `the files are of ${projects.length} projects: ${projects.join(", ")}`, {
    hint: "one project is released at a time: what is signed is a project's list",
  });
}

function describe(
  path: string,
  filename: string,
  found: Distribution,
  read: { length: number; sha256: string },
): PreparedFile {
  const { project, version, requiresPython, kind, metadataBytes } = found;
  const coreMetadata = kind === "wheel" ? createHash("sha256").update(metadataBytes).digest("hex") : undefined;
  return {
    path,
    filename,
    project,
    version,
    ...read,
    ...(requiresPython !== undefined && { requiresPython }),
    ...(coreMetadata !== undefined && { coreMetadata }),
    inDist: basename(dirname(resolve(path))) === "dist",
  };
}

/** Nobody is waited for at the other end of a pipe. */
async function openFile(path: string): Promise<FileHandle> {
  try {
    const handle = await open(path, TO_READ);
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (cause) {
    throw refused(path, `cannot be read (${systemCode(cause) ?? "failed"})`, cause);
  }
  throw refused(path, "is no file");
}

function check(name: string, handle: FileHandle, size: number): Distribution {
  try {
    const { distribution, problems } = checkDistribution(name, descriptorSource(handle.fd, size));
    if (problems.length === 0) return distribution;
    const lines = problems.slice(0, 10).map(({ message }) => message);
    throw refused(name, `has ${problems.length} problems: ${lines.join("; ")}`, problems[0]);
  } catch (error) {
    if (!(error instanceof PackagingError)) throw error;
    const { hint } = error;
    throw new ClientError("DIST_REFUSED", `${name}: ${error.message}`, {
      ...(hint !== undefined && { hint }),
      cause: error,
    });
  }
}

async function digestOf(path: string): Promise<{ length: number; sha256: string }> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    length += chunk.length;
  }
  return { length, sha256: hash.digest("hex") };
}

function refused(path: string, what: string, cause?: unknown): ClientError {
  return new ClientError("DIST_REFUSED", `${path} ${what}`, {
    hint: "build it anew; nothing was signed, nothing was sent",
    ...(cause !== undefined && { cause }),
  });
}
