/*
 * `init` makes keys and the first signed roles. Killed at any moment, it has made an index or none, and running it again
 * makes one.
 */
import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { countermarkServer } from "../harness/commands.ts";
import { makeWheel, sha256 } from "../harness/distributions/distributions.ts";
import { fetchRole, importFiles, serve } from "../harness/index-server.ts";
import { importing, installVerified, trust, uvPip } from "../harness/installers.ts";
import type { Running } from "../harness/processes.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import { killAfter, momentOf } from "./kill.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const KILLS = 12;
const POLL_MS = 2;

/** When a folder was last marked as unfinished: the first act of an init. */
function markedAt(folder: string): number {
  return statSync(join(folder, "UNFINISHED"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

test("an init that is killed again and again makes an index in the end", async () => {
  const foldersOf = (name: string) => [join(sandbox.folder, name, "data"), join(sandbox.folder, name, "keys")] as const;
  const begun = async (data: string, keys: string): Promise<Running> => {
    const before = markedAt(data);
    const started = sandbox.start(countermarkServer, ["init", "--data", data, "--keys", keys, "--unsealed-keys"]);
    while (started.isRunning() && markedAt(data) === before) await sleep(POLL_MS);
    return started;
  };
  const whole = await begun(...foldersOf("whole-init"));
  const began = performance.now();
  assert.equal((await whole.ended).code, 0);
  const taking = performance.now() - began;

  const [data, keys] = foldersOf("killed-init");
  let kills = 0;
  for (let round = 0; round < KILLS; round += 1) {
    const ending = await killAfter(await begun(data, keys), momentOf(round, KILLS, taking));
    if (!ending.killed) break;
    kills += 1;
  }
  assert.notEqual(kills, 0, "init came to its end before it was killed");

  // Killed between its last act and its end, an init has done everything; then this one finds an index.
  const last = await sandbox.run(countermarkServer, ["init", "--data", data, "--keys", keys, "--unsealed-keys"]);
  if (last.code !== 0) assert.match(last.stderr, /^error\[FOLDER_NOT_EMPTY\]/);
  for (const folder of [data, keys]) assert.equal(existsSync(join(folder, "UNFINISHED")), false);

  const index = { data, keys };
  await importFiles(sandbox, index, [makeWheel({ name: "alphapkg", version: "1.0" })]);
  const { url } = await serve(sandbox, index);
  const fingerprint = sha256(await fetchRole(url, "1.root.json"));
  if (last.code === 0) assert.match(last.stdout, new RegExp(fingerprint));
  await trust(sandbox, url, fingerprint);
  const installation = await installVerified(sandbox, uvPip, ["alphapkg"]);
  assert.equal(await importing(sandbox, installation.target, "alphapkg"), "alphapkg 1.0");
});
