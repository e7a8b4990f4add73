import { ClientError } from "../errors.ts";
import { openSession, type Session } from "../session.ts";
import { say } from "./report.ts";

/** Which index, and whether to ask it. */
export interface OpenOptions {
  readonly index?: string;
  /** Whether to work from what was verified and fetched before, and to ask no index. */
  readonly offline?: boolean;
}

/** Opens a session; offline, it is told on stderr what that can and cannot vouch for. @throws ClientError */
export async function openSessionOf({ index, offline = false }: OpenOptions): Promise<Session> {
  if (offline) return await openSession(index, { offline: tell });
  try {
    return await openSession(index);
  } catch (error) {
    throw error instanceof ClientError && error.code === "INDEX_UNREACHABLE" ? namingOffline(error) : error;
  }
}

function tell(notice: readonly string[]): void {
  for (const line of notice) say(`countermark: ${line}`);
}

/** Never by itself: who keeps the index from answering would else choose what is not told. */
function namingOffline(error: ClientError): ClientError {
  return new ClientError(error.code, error.message, {
    hint: "is the index running, and is its address right? `--offline` (`countermark run --offline -- …`) works from what was verified and fetched before, without news of withdrawals",
    cause: error.cause,
  });
}
