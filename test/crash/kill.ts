import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { targetPath } from "@countermark/repository";
import { makeWheel, sha256, type Distribution } from "../harness/distributions/distributions.ts";
import { serve, type Index } from "../harness/index-server.ts";
import type { Ending, Running } from "../harness/processes.ts";
import type { Sandbox } from "../harness/sandbox.ts";
import { download, newTufClient, pythonTuf, type Found } from "../harness/tuf-clients.ts";

const POLL_MS = 2;

/** A wheel as it was handed to an import, by its file name. */
export type Wheels = ReadonlyMap<string, Distribution & { readonly project: string }>;

/** Some wheels of some projects, a few with a larger body. */
export function makeWheels(count: number): Wheels {
  const wheels = Array.from({ length: count }, (_, number) => {
    const project = `project-${number % Math.ceil(count / 3)}`;
    const body = Buffer.alloc(number % 10 === 0 ? 400_000 : 2_000, number);
    const wheel = makeWheel({ name: project, version: `${number}.0`, extra: [["body.bin", body]] });
    return [wheel.filename, { ...wheel, project }] as const;
  });
  return new Map(wheels);
}

/** Ends a program as a power cut would, after a while, unless it has ended before. */
export async function killAfter(process: Running, ms: number): Promise<Ending & { readonly killed: boolean }> {
  const ended = await Promise.race([process.ended, sleep(ms)]);
  const ending = await process.kill();
  return { ...ending, killed: ended === undefined };
}

/**
 * When to kill in one of several rounds, in milliseconds: early in the first, somewhat later in each next one. Of something
 * that takes so long, the first kill meets it under way on a slow machine and on a fast one.
 */
export function momentOf(round: number, rounds: number, taking: number): number {
  return (taking * (round + Math.random())) / rounds;
}

/**
 * Ends an `import --json` as a power cut would, some milliseconds after it has told of so many files: the same place on a
 * slow machine and on a fast one.
 */
export async function killAfterTelling(
  process: Running,
  files: number,
  ms: number,
): Promise<Ending & { readonly killed: boolean }> {
  while (process.isRunning() && process.output().split("\n").length <= files) await sleep(POLL_MS);
  return killAfter(process, ms);
}

/** The files that `import --json` has told of as published or known, by name. A torn last line says nothing. */
export function acknowledged({ stdout }: Ending): string[] {
  const lines = stdout.slice(0, stdout.lastIndexOf("\n") + 1).split("\n");
  return lines
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { file?: string; outcome?: string })
    .flatMap(({ file, outcome }) => (file !== undefined && outcome !== "refused" ? [file] : []));
}

/** A stock client that has never seen the index downloads files from it, and gets what was handed in. */
export async function assertInstallable(
  sandbox: Sandbox,
  url: string,
  wheels: Wheels,
  filenames: readonly string[],
): Promise<void> {
  if (filenames.length === 0) return;
  const expected = targetsOf(wheels, filenames);
  const targets = expected.map(({ target }) => target);
  const folder = await newTufClient(sandbox, pythonTuf, url);
  assert.deepEqual(await download(sandbox, pythonTuf, folder, url, targets), expected);
}

/** What a client must find. */
export function targetsOf(wheels: Wheels, filenames: readonly string[]): readonly Found[] {
  return filenames.map((filename) => {
    const wheel = wheels.get(filename);
    assert.ok(wheel !== undefined, `${filename} was never handed in`);
    return { target: targetPath(wheel.project, filename), found: true, sha256: sha256(wheel.bytes) };
  });
}

/** Starts the index, does something with it, and stops it. */
export async function whileServing<T>(sandbox: Sandbox, index: Index, work: (url: string) => Promise<T>): Promise<T> {
  const { url, process } = await serve(sandbox, index);
  try {
    return await work(url);
  } finally {
    const { code, output } = await process.stop();
    assert.equal(code, 0, output);
  }
}
