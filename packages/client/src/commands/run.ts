import { IndexDoor } from "../agent/door.ts";
import type { IndexSite } from "../agent/index-site.ts";
import { EgressGuard } from "../agent/egress-guard.ts";
import { runChild } from "../run/child.ts";
import { guardedEnvironment } from "../run/environment.ts";
import { openSession, type Session } from "../session.ts";
import { formatError, say } from "./report.ts";
import { warnOfExpiry } from "./warn-of-expiry.ts";
import { tellTolerated, warnOfObserving } from "./warn-of-observing.ts";

/** Exit code of a run in which the index's door refused something although the command itself was content. */
const REFUSED = 1;

/** Why even the index's own address is refused: a lock file or a tool's setting names it, so the tool asks it directly. */
const PAST_US =
  "an address of the index itself goes past verification; it stands in a lock file or in a tool's settings";

/** What `countermark run` was asked for. */
export interface RunOptions {
  readonly index?: string;
}

/**
 * Runs a command whose installers see the verified index alone, then tells what they were refused and how far what they got
 * is protected. Returns the exit code: the command's own, but never 0 when something asked of the index was refused. Other
 * hosts that the command was kept from are told alone: it may well do without them.
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<number> {
  const session = await openSession(options.index);
  try {
    warnOfObserving(session);
    warnOfExpiry(session);
    return await runGuarded(session, command, args);
  } finally {
    await session.close();
  }
}

async function runGuarded(session: Session, command: string, args: readonly string[]): Promise<number> {
  const door = await IndexDoor.open({ index: async (project) => (await session.open(project)).index });
  const guard = await EgressGuard.start();
  try {
    const env = guardedEnvironment(process.env, { indexUrl: door.indexUrl, guardUrl: guard.url });
    const code = await runChild(command, args, env);
    if (door.site.bugs.length > 0) throw door.site.bugs[0];
    tellDestinations(guard.refused, new URL(session.repository.url).hostname);
    for (const warning of await session.warnings()) say(`countermark: warning: ${warning}`);
    tellTolerated(session);
    tell(door.site);
    return code === 0 && door.site.refusals.all.length > 0 ? REFUSED : code;
  } finally {
    await Promise.all([door.close(), guard.stop()]);
  }
}

function tellDestinations(destinations: ReadonlyMap<string, number>, indexHost: string): void {
  for (const [destination, count] of destinations) {
    const times = count === 1 ? "" : ` (${count} times)`;
    const why =
      destination.startsWith(`${indexHost}:`) || destination === indexHost
        ? PAST_US
        : "only the trusted index may be asked";
    say(`countermark: refused to let the command reach ${destination}${times}: ${why}`);
  }
}

/** Installers hide most reasons, each in its own way: this is the one place where every user sees them all. */
function tell({ refusals, protection }: IndexSite): void {
  for (const { subject, error } of refusals.all) process.stderr.write(formatError(error, subject));
  if (protection.line !== undefined) say(`countermark: ${protection.line}`);
}
