import type { RefusalLog } from "../agent/refusals.ts";
import { IndexDoor } from "../agent/door.ts";
import { EgressGuard } from "../agent/egress-guard.ts";
import { runChild } from "../run/child.ts";
import { guardedEnvironment } from "../run/environment.ts";
import { openSession } from "../session.ts";
import { formatError, say } from "./report.ts";

/** Exit code of a run in which something was refused although the command itself was content. */
const REFUSED = 1;

/** What `countermark run` was asked for. */
export interface RunOptions {
  readonly index?: string;
}

/**
 * Runs a command whose installers see the verified index alone, then tells what they were refused and how far what they got
 * is protected. Returns the exit code: the command's own, but never 0 when something was refused.
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<number> {
  const session = await openSession(options.index);
  const door = await IndexDoor.open({ index: () => session.index });
  const guard = await EgressGuard.start();
  try {
    const env = guardedEnvironment(process.env, { indexUrl: door.indexUrl, guardUrl: guard.url });
    const code = await runChild(command, args, env);
    if (door.bugs.length > 0) throw door.bugs[0];
    tell(door, guard.refused);
    return code === 0 && door.refusals.all.length > 0 ? REFUSED : code;
  } finally {
    await Promise.all([door.close(), guard.stop()]);
    await session.close();
  }
}

/** Installers hide most reasons, each in its own way: this is the one place where every user sees them all. */
function tell({ refusals, protection }: IndexDoor, destinations: ReadonlyMap<string, number>): void {
  for (const [destination, count] of destinations) {
    const times = count === 1 ? "" : ` (${count} times)`;
    say(`countermark: refused to let the command reach ${destination}${times}: only the trusted index may be asked`);
  }
  tellRefusals(refusals);
  if (protection.line !== undefined) say(`countermark: ${protection.line}`);
}

function tellRefusals(refusals: RefusalLog): void {
  for (const { subject, error } of refusals.all) process.stderr.write(formatError(error, subject));
}
