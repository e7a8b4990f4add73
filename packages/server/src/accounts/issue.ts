import { randomBytes } from "node:crypto";
import { formatToken, MAX_TOKEN_DAYS, TOKEN_SECRET_BYTES, tokenHash } from "@countermark/repository";
import type { AuditEntry } from "../audit-log/audit-log.ts";
import type { AccountStore, NewToken } from "./account-store.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long a token lives when nothing else is asked for. */
export const DEFAULT_TOKEN_DAYS = 90;
/** How long a session lives: as long as one takes to publish, not as long as a laptop is open. */
export const SESSION_LIFETIME_MS = 60 * 60 * 1000;
/** How long an invitation waits for its guest, in days. */
export const INVITATION_DAYS = 14;
const ID_BYTES = 6;

/** A secret that was just made, told once, and what the index keeps of it. */
export interface Issued {
  readonly secret: string;
  readonly id: string;
  readonly expiresAt: number;
}

/** What somebody asks for. */
export interface TokenRequest extends Pick<NewToken, "account" | "label" | "scopes" | "projects"> {
  readonly days: number;
}

/** Makes a token; undefined where there is no such account, or it is disabled. */
export async function issueToken(store: AccountStore, request: TokenRequest, now: number): Promise<Issued | undefined> {
  const { days, ...asked } = request;
  if (!(days > 0 && days <= MAX_TOKEN_DAYS)) throw new RangeError(`a token lives for 1 to ${MAX_TOKEN_DAYS} days`);
  return issue(store, { ...asked, kind: "token", createdAt: now, expiresAt: now + days * DAY_MS });
}

/** The line that the audit log keeps of a token that was made, beside who made it and when. */
export function tokenMade(id: string, request: TokenRequest): Pick<AuditEntry, "action" | "subject" | "detail"> {
  const { account, scopes, label, days, projects } = request;
  return {
    ...{ action: "token.create", subject: id },
    detail: { account, scopes, label, days, ...(projects && { projects }) },
  };
}

/** Makes the session of a login; undefined where there is no such account, or it is disabled. */
export function issueSession(store: AccountStore, account: string, now: number): Promise<Issued | undefined> {
  const expiresAt = now + SESSION_LIFETIME_MS;
  return issue(store, {
    ...{ account, kind: "session", label: "", scopes: ["upload", "read"], projects: undefined },
    ...{ createdAt: now, expiresAt },
  });
}

async function issue(store: AccountStore, about: Omit<NewToken, "id" | "hash">): Promise<Issued | undefined> {
  const { secret, id, hash } = newSecret();
  const outcome = await store.addToken({ ...about, id, hash });
  return outcome === "added" ? { secret, id, expiresAt: about.expiresAt } : undefined;
}

/** Makes a code with which one account may be made. */
export async function issueInvitation(store: AccountStore, note: string, now: number): Promise<Issued> {
  const { secret, id, hash } = newSecret();
  const expiresAt = now + INVITATION_DAYS * DAY_MS;
  await store.addInvitation({ id, hash, note, createdAt: now, expiresAt });
  return { secret, id, expiresAt };
}

function newSecret(): { secret: string; id: string; hash: string } {
  const secret = formatToken(randomBytes(TOKEN_SECRET_BYTES));
  return { secret, id: randomBytes(ID_BYTES).toString("hex"), hash: tokenHash(secret) };
}
