import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { countermarkServer } from "./commands.ts";
import { writeDistributions, type Distribution } from "./distributions/distributions.ts";
import type { Ending, Running } from "./processes.ts";
import type { Options, Sandbox } from "./sandbox.ts";

/** Where an index lies, and its offline keys. */
export interface Folders {
  readonly data: string;
  readonly keys: string;
}

/** An index that `init` made, in folders of its own. */
export interface Index extends Folders {
  /** What an installer pins: SHA-256 of `1.root.json`. */
  readonly fingerprint: string;
}

/** An index that runs. */
export interface Serving {
  /** Without a slash at its end. */
  readonly url: string;
  readonly process: Running;
}

const START_TIMEOUT_MS = 30_000;
const POLL_MS = 20;

/** Makes a new index. Its offline keys lie in clear: sealing costs a second, and has tests of its own (`test/ceremony`). */
export async function initIndex(sandbox: Sandbox, name = "index", options?: Options): Promise<Index> {
  const [data, keys] = [join(sandbox.folder, name, "data"), join(sandbox.folder, name, "keys")];
  const ending = await sandbox.run(
    countermarkServer,
    ["init", "--data", data, "--keys", keys, "--unsealed-keys"],
    options,
  );
  assert.equal(ending.code, 0, ending.output);
  const fingerprint = /\b[0-9a-f]{64}\b/.exec(ending.stdout)?.[0];
  assert.ok(fingerprint !== undefined, `init printed no fingerprint:\n${ending.output}`);
  return { data, keys, fingerprint };
}

/** Starts the index on a free port and waits until it answers; it is stopped when the sandbox's scope ends. */
export async function serve(sandbox: Sandbox, { data }: Folders, port = 0, options?: Options): Promise<Serving> {
  const process = sandbox.start(countermarkServer, ["serve", "--data", data, "--port", String(port)], {
    timeoutMs: 9 * 60_000,
    ...options,
  });
  sandbox.scope.after(() => process.stop());
  const url = await announcedUrl(process);
  return { url, process };
}

/** Waits for the URL that a program announces when it is ready, without a slash at its end. */
export async function announcedUrl(process: Running): Promise<string> {
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline;) {
    const url = /\bhttp:\/\/127\.0\.0\.1:\d+[^\s'"]*(?=[\s'"])/.exec(process.output())?.[0];
    if (url !== undefined) return url.replace(/\/$/, "");
    const ending = await Promise.race([process.ended, sleep(POLL_MS)]);
    assert.equal(ending, undefined, `ended before it was ready:\n${process.output()}`);
  }
  assert.fail(`not ready in time:\n${process.output()}`);
}

/** Imports files into an index, from a folder as `pip download` makes it. */
export async function importFiles(sandbox: Sandbox, index: Folders, files: readonly Distribution[]): Promise<Ending> {
  const names = files.map(({ filename }) => filename).join(" ");
  const folder = join(sandbox.folder, `import-${createHash("sha256").update(names).digest("hex").slice(0, 8)}`);
  return importFolder(sandbox, index, writeDistributions(folder, files));
}

/** Imports a folder of wheels and sdists into an index. */
export async function importFolder(
  sandbox: Sandbox,
  index: Folders,
  folder: string,
  options?: Options,
): Promise<Ending> {
  const ending = await sandbox.run(countermarkServer, ["import", "--data", index.data, folder], options);
  assert.equal(ending.code, 0, ending.output);
  return ending;
}

/** An index that serves the given files. */
export async function startIndex(sandbox: Sandbox, files: readonly Distribution[]): Promise<Index & Serving> {
  const index = await initIndex(sandbox);
  if (files.length > 0) await importFiles(sandbox, index, files);
  return { ...index, ...(await serve(sandbox, index)) };
}

/** A role file as the index serves it now. */
export async function fetchRole(url: string, file: string): Promise<Buffer> {
  const response = await fetch(`${url}/tuf/${file}`);
  assert.equal(response.status, 200, `${file}: ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

/** A made folder's file, for comparing bytes. */
export function bytesOf(...path: readonly string[]): Buffer {
  return readFileSync(join(...path));
}
