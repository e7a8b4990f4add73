import type { Session } from "../session.ts";
import { say } from "./report.ts";

/** Tells, loudly, that the user has switched refusals off, and for how long. */
export function warnOfObserving({ configuration: { observing, user } }: Pick<Session, "configuration">): void {
  if (!observing) return;
  const until = new Date(user.observeUntil ?? 0).toISOString();
  say(`countermark: WARNING: NOT PROTECTED: ${user.path} switches refusals to telling only, until ${until}`);
  say("countermark: WARNING: hosts other than the index, and projects below your policy, are let through");
}

/** Tells what was let through for no other reason than that switch. */
export function tellTolerated({ tolerated }: Pick<Session, "tolerated">): void {
  for (const message of tolerated) say(`countermark: WARNING: let through, because you are observing: ${message}`);
}
