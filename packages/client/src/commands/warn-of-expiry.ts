import type { Session } from "../session.ts";
import { expiryWarning } from "../verify/expiry-warning.ts";
import { say } from "./report.ts";

/** Tells in good time that installs will stop unless the index's key holders meet. */
export function warnOfExpiry({ index, repository }: Pick<Session, "index" | "repository">): void {
  const warning = expiryWarning(index, Date.now());
  if (warning !== undefined) say(`countermark: ${repository.url}: ${warning}`);
}
