import { setTimeout as sleep } from "node:timers/promises";
import { IndexDoor } from "../agent/door.ts";
import { PinnedIndexes } from "../agent/pinned-indexes.ts";
import { makeSecret } from "../agent/secret.ts";
import { ClientError } from "../errors.ts";
import { indexSettings } from "../run/environment.ts";
import { openSessionOf } from "./open-session.ts";
import { formatError, print, say } from "./report.ts";
import { warnOfExpiry } from "./warn-of-expiry.ts";
import { warnOfObserving } from "./warn-of-observing.ts";

/** How often it is looked whether the snapshot should be replaced. */
const LOOK_EVERY_MS = 10_000;
/** The name under which the agent's secret is kept: its address stays the same, so that tools' caches stay good. */
const SECRET_NAME = "agent";

/** What `countermark agent` was asked for. */
export interface AgentOptions {
  readonly index?: string;
  readonly port?: number;
  readonly json?: boolean;
  /** Whether to answer from what was verified and fetched before, for as long as it counts, and to ask no index. */
  readonly offline?: boolean;
}

const CANNOT_CATCH = `countermark: this door cannot keep a tool from asking elsewhere. Not caught: a second index in a tool's
own settings or on its command line, [tool.uv.sources], sources of pdm, index lines in requirements.txt, direct URLs,
and lock files that name another address. \`countermark run\` refuses those.`;

/** Serves until it is told to stop, by SIGTERM or SIGINT. */
export async function agent(options: AgentOptions): Promise<number> {
  const session = await openSessionOf(options);
  try {
    const pinned = new PinnedIndexes((project) => session.open(project));
    pinned.pin(session, Date.now());
    const secret = session.store.secret(SECRET_NAME, makeSecret());
    const door = await IndexDoor.open({
      index: (project) => pinned.at(project, Date.now()),
      port: options.port ?? 0,
      secret,
    });
    try {
      tell(door.indexUrl, options.json === true);
      warnOfObserving(session);
      warnOfExpiry(session);
      await serve(door, pinned, options.offline === true);
    } finally {
      await door.close();
      pinned.flush();
    }
    return 0;
  } finally {
    await session.close();
  }
}

function tell(url: string, json: boolean): void {
  const settings = indexSettings([url]);
  if (json) print(JSON.stringify({ url, settings: Object.fromEntries(settings) }));
  else for (const [name, value] of settings) print(`${name}=${value}`);
  say(CANNOT_CATCH);
}

async function serve(door: IndexDoor, pinned: PinnedIndexes, offline: boolean): Promise<void> {
  const stopped = new AbortController();
  const stop = () => {
    stopped.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  let told = 0;
  try {
    for (;;) {
      await sleep(LOOK_EVERY_MS, undefined, { signal: stopped.signal });
      if (!offline) await pinned.refresh(Date.now(), door.site.lastRequest).catch(tellFailure);
      if (door.site.bugs.length > 0) throw door.site.bugs[0];
      for (const { subject, error } of door.site.refusals.all.slice(told))
        process.stderr.write(formatError(error, subject));
      told = door.site.refusals.all.length;
    }
  } catch (error) {
    if (!stopped.signal.aborted) throw error;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, stop);
  }
}

/** An index that is out for a while is no reason to stop; a mistake of ours is. */
function tellFailure(error: unknown): void {
  if (!(error instanceof ClientError)) throw error;
  process.stderr.write(formatError(error));
}
