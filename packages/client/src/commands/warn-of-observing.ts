import { ClientError } from "../errors.ts";
import type { Session } from "../session.ts";
import { say } from "./report.ts";

/** Tells, loudly, that the user has switched refusals off, and for how long. */
export function warnOfObserving({ configuration: { observing, user } }: Pick<Session, "configuration">): void {
  if (!observing) return;
  const until = new Date(user.observeUntil ?? 0).toISOString();
  say(`countermark: WARNING: NOT PROTECTED: ${user.path} switches refusals to telling only, until ${until}`);
  say("countermark: WARNING: hosts other than the index, and projects below your policy, are let through");
}

/** What a command let anybody give to it must not be signed. @throws ClientError `USAGE` */
export function requireNotObserving({ configuration: { observing, user } }: Pick<Session, "configuration">): void {
  if (!observing) return;
  throw new ClientError("USAGE", "nothing is signed while refusals are switched off", {
    hint: `take observe-until out of ${user.path}: what unverified tools built must not bear your name`,
  });
}

/** Tells what was let through for no other reason than that switch. */
export function tellTolerated({ tolerated }: Pick<Session, "tolerated">): void {
  for (const message of tolerated) say(`countermark: WARNING: let through, because you are observing: ${message}`);
}
