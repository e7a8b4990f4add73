import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programOf } from "../../tools/python/environments.ts";
import { fetchRole } from "./index-server.ts";
import type { Ending } from "./processes.ts";
import type { Sandbox } from "./sandbox.ts";

/** A stock client of The Update Framework; `first` is the name under which it wants to find its first root. */
export interface TufClient {
  readonly name: string;
  readonly first: string;
  readonly command: readonly [program: string, ...args: string[]];
}

/** What a client found under a target path. */
export type Found =
  | { readonly target: string; readonly found: true; readonly sha256: string }
  | { readonly target: string; readonly found: false };

export const pythonTuf: TufClient = {
  name: "python-tuf",
  first: "1.root.json",
  command: [programOf("tuf", "python"), join(import.meta.dirname, "tuf-clients", "python-tuf.py")],
};

export const tufJs: TufClient = {
  name: "tuf-js",
  first: "root.json",
  command: ["node", join(import.meta.dirname, "tuf-clients", "tuf-js.ts")],
};

let folders = 0;

/** The metadata folder of a new client that has only the first root of the index. */
export async function newTufClient(sandbox: Sandbox, client: TufClient, url: string): Promise<string> {
  folders += 1;
  const folder = join(sandbox.folder, `${client.name}-${folders}`);
  mkdirSync(folder);
  writeFileSync(join(folder, client.first), await fetchRole(url, "1.root.json"));
  return folder;
}

/** Looks up and downloads targets. */
export function runTufClient(
  sandbox: Sandbox,
  client: TufClient,
  folder: string,
  url: string,
  targets: readonly string[],
): Promise<Ending> {
  const [program, ...args] = client.command;
  return sandbox.run(program, [...args, folder, url, ...targets]);
}

/** The same, for an index that the client is to accept. */
export async function download(
  sandbox: Sandbox,
  client: TufClient,
  folder: string,
  url: string,
  targets: readonly string[],
): Promise<readonly Found[]> {
  const ending = await runTufClient(sandbox, client, folder, url, targets);
  assert.equal(ending.code, 0, ending.output);
  return ending.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Found);
}
