import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { scopeOf } from "../../../../test/harness/scope.ts";
import { temporaryFolder } from "../../../../test/harness/temporary-folder.ts";
import { PendingFile } from "../../src/storage/durable.ts";
import { KeepGroup } from "../../src/storage/local/keep-group.ts";

// A few are synced one by one, many with the whole file system.
for (const count of [3, 60]) {
  test(`${count} files kept at once: each gets its name, and one that cannot is told of alone`, async (t) => {
    const folder = temporaryFolder(scopeOf(t));
    const [staging, final] = [join(folder, "staging"), join(folder, "final")];
    mkdirSync(staging);
    mkdirSync(final);
    const group = new KeepGroup(folder);
    const contents = Array.from({ length: count }, () => randomBytes(100));
    const keep = async (content: Uint8Array, number: number): Promise<void> => {
      const file = await PendingFile.start(staging, String(number));
      await file.handle.writeFile(content);
      await group.keep(file, join(number === 1 ? join(folder, "absent") : final, String(number)));
    };
    const results = await Promise.allSettled(contents.map(keep));
    const failed = results.filter(({ status }) => status === "rejected");
    assert.deepEqual(
      failed.map((result) => result.status === "rejected" && (result.reason as { code: string }).code),
      ["NO_SUCH_PATH"],
    );
    assert.deepEqual(readdirSync(staging), []);
    contents.forEach((content, number) => {
      if (number !== 1) assert.deepEqual(readFileSync(join(final, String(number))), content);
    });
    await keep(contents[0] ?? assert.fail(), count);
  });
}
