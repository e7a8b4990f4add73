import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atLast } from "./last-resort.ts";
import type { Scope } from "./scope.ts";

/** A new empty folder, removed with everything in it when the scope ends. */
export function temporaryFolder(scope: Scope, parent: string = tmpdir()): string {
  const folder = mkdtempSync(join(parent, "countermark-test-"));
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const removed = atLast(remove);
  scope.after(() => {
    remove();
    removed();
  });
  return folder;
}
