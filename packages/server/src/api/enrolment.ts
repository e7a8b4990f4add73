import { randomBytes } from "node:crypto";
import {
  IdentityError,
  parseAccountName,
  readLoginKey,
  verifyEnrolment,
  verifyStatement,
  type IdentityClaim,
  type PublicKeys,
  type StatementContext,
} from "@countermark/identity";
import {
  tokenHash,
  type AccountView,
  type AdmissionRequest,
  type Challenge,
  type EnrolledKeys,
  type EnrolmentRequest,
  type RevocationRequest,
  type Session,
  type SessionRequest,
} from "@countermark/repository";
import { computeKeyId, encodeJson, parseJson, readPublicKey, type JsonObject } from "@countermark/tuf";
import type { AccountKeys, NewAccountKeys } from "../accounts/account-store.ts";
import { issueSession } from "../accounts/issue.ts";
import type { AuditEntry } from "../audit-log/audit-log.ts";
import { ServerError } from "../errors.ts";
import type { ApiPorts } from "./ports.ts";

/** How long a nonce is good. */
const CHALLENGE_MS = 5 * 60 * 1000;
/** Pairs of keys that one account may have in use: machines of one person. */
const MAX_KEYS_IN_USE = 50;

/** Accounts by keys: what is signed is always identity's statement, bound to account, index and nonce. */
export class Enrolment {
  readonly #ports: ApiPorts;

  constructor(ports: ApiPorts) {
    this.#ports = ports;
  }

  async challenge(account: string): Promise<Challenge> {
    const { index, clock } = this.#ports;
    const [nonce, expires] = [randomBytes(32).toString("hex"), clock() + CHALLENGE_MS];
    await index.claims.addChallenge({ nonce, account: parseAccountName(account), expiresAt: expires });
    return { nonce, expires };
  }

  async enrol(request: EnrolmentRequest): Promise<AccountView> {
    const { index, clock, invitationOnly } = this.#ports;
    const { account, nonce, generation, invitation } = request;
    await this.#takeNonce(account, nonce);
    const keys = storedKeys(request, this.#verifyKeys(account, nonce, request), generation);
    if (invitationOnly && invitation === undefined) throw notInvited();
    const made = await index.accounts.addAccount({
      ...{ name: account, at: clock(), keys },
      ...(invitation !== undefined && { invitation: tokenHash(invitation) }),
    });
    if (made === "not-invited") throw notInvited();
    if (made !== "added")
      throw taken(made === "taken" ? `the account ${account} is taken` : "one of the keys is an account's already");
    await this.#note("account.add", account, { key: keys.releaseId, invited: invitation !== undefined });
    return this.view(account);
  }

  async signIn({ account, nonce, keyId, signature }: SessionRequest): Promise<Session> {
    const { index, clock } = this.#ports;
    await this.#takeNonce(account, nonce);
    await this.#requireSigned(account, keyId, signature, nonce, { purpose: "login", statement: {} });
    const issued = await issueSession(index.accounts, account, clock());
    if (issued === undefined) throw unproven();
    return { session: issued.secret, expires: issued.expiresAt };
  }

  /** Lets the keys of another machine in: both held by whoever asks, and wanted by a key that is in. */
  async admit(account: string, request: AdmissionRequest): Promise<AccountView> {
    const { index, clock } = this.#ports;
    const { nonce, keyId, signature } = request;
    await this.#takeNonce(account, nonce);
    const keys = this.#verifyKeys(account, nonce, request);
    const statement = { release: keys.release.identity, login: keys.login.identity };
    await this.#requireSigned(account, keyId, signature, nonce, { purpose: "admit", statement });
    const inUse = (await index.accounts.keysOf(account)).filter(({ retiredAt }) => retiredAt === undefined);
    if (inUse.length >= MAX_KEYS_IN_USE)
      throw new ServerError("NOT_ALLOWED", `the account has ${inUse.length} keys in use`);
    const generation = inUse.reduce((highest, each) => Math.max(highest, each.generation), 1);
    const made = await index.accounts.addKeys(account, storedKeys(request, keys, generation), clock());
    if (made === "key-taken") throw taken("one of the keys is an account's already");
    if (made === "no-account") throw unproven();
    await this.#note("key.admit", account, { key: keys.release.identity, by: keyId });
    return this.view(account);
  }

  /** Retires a key, by another one of the account or by itself. What it has signed in projects is their owners' matter. */
  async revoke(account: string, { nonce, key, keyId, signature }: RevocationRequest): Promise<AccountView> {
    const { index, clock } = this.#ports;
    await this.#takeNonce(account, nonce);
    await this.#requireSigned(account, keyId, signature, nonce, { purpose: "revoke", statement: { key } });
    const found = (await index.accounts.keysOf(account)).find(({ releaseId, loginId }) =>
      [releaseId, loginId].includes(key),
    );
    if (found === undefined || !(await index.accounts.retireKeys(account, found.id, clock()))) {
      throw new ServerError("NOTHING_THERE", "the account has no such key in use");
    }
    await this.#note("key.revoke", account, { key, by: keyId });
    return this.view(account);
  }

  async view(account: string): Promise<AccountView> {
    const keys = (await this.#ports.index.accounts.keysOf(account)).filter(({ retiredAt }) => retiredAt === undefined);
    return {
      account,
      generation: keys.reduce((highest, { generation }) => Math.max(highest, generation), 1),
      keys: keys.map(({ releaseKey, loginKey, enrolledAt }) => ({
        release: keyObject(releaseKey),
        login: keyObject(loginKey),
        since: enrolledAt,
      })),
    };
  }

  #note(action: AuditEntry["action"], account: string, detail: AuditEntry["detail"]): Promise<void> {
    const { index, clock } = this.#ports;
    return index.audit.append({ at: clock(), actor: account, action, subject: account, detail });
  }

  /** Before anything else is looked at: whatever follows, the nonce is gone. */
  async #takeNonce(account: string, nonce: string): Promise<void> {
    const { index, clock } = this.#ports;
    if (await index.claims.takeChallenge(nonce, account, clock())) return;
    throw new ServerError("SIGN_IN", "the nonce was not given out for this account, was used, or is too old", {
      hint: "ask for another one: each is good once, for five minutes",
    });
  }

  #verifyKeys(account: string, nonce: string, enrolment: EnrolledKeys): PublicKeys {
    return this.#atSomePeer(account, nonce, (context) => verifyEnrolment(context, enrolment));
  }

  async #requireSigned(
    account: string,
    keyId: string,
    signature: Uint8Array,
    nonce: string,
    said: Pick<IdentityClaim, "purpose" | "statement">,
  ): Promise<void> {
    const stored = await this.#loginKey(account, keyId);
    if (stored === undefined) throw unproven();
    const keys = { release: readKey(stored.releaseKey), login: readKey(stored.loginKey) };
    this.#atSomePeer(account, nonce, (context) => {
      if (verifyStatement({ ...said, context } as IdentityClaim, keys, signature)) return;
      throw unproven();
    });
  }

  async #loginKey(account: string, keyId: string): Promise<AccountKeys | undefined> {
    const { accounts } = this.#ports.index;
    const about = await accounts.account(account);
    if (about === undefined || about.disabledAt !== undefined) return undefined;
    const keys = (await accounts.keysOf(account)).filter(({ retiredAt }) => retiredAt === undefined);
    return keys.find(({ loginKey }) => computeKeyId(keyObject(loginKey)) === keyId);
  }

  /** A statement is bound to the address under which its signer reached the index; there may be several. */
  #atSomePeer<T>(account: string, nonce: string, verify: (context: StatementContext) => T): T {
    const { index, peers } = this.#ports;
    let failure: unknown = unproven();
    for (const peer of peers()) {
      try {
        return verify({ repository: index.settings.repositoryId, account, peer, nonce });
      } catch (error) {
        if (!(error instanceof ServerError || error instanceof IdentityError)) throw error;
        failure = error;
      }
    }
    throw failure;
  }
}

function storedKeys({ kind, label }: EnrolledKeys, { release, login }: PublicKeys, generation: number): NewAccountKeys {
  return {
    ...{ generation, kind: kind ?? "unknown", label: label ?? "" },
    releaseKey: Buffer.from(encodeJson(release.json)).toString(),
    loginKey: Buffer.from(encodeJson(readLoginKey(login.json).json)).toString(),
    releaseId: release.identity,
    loginId: login.identity,
  };
}

/** A key object as the store keeps it. */
export function keyObject(text: string): JsonObject {
  return parseJson(Buffer.from(text)) as JsonObject;
}

function readKey(text: string) {
  const json = keyObject(text);
  return readPublicKey(computeKeyId(json), json);
}

/** One answer for all that is wrong with a signature: which account or key there is, is nobody's business. */
function unproven(): ServerError {
  return new ServerError("SIGN_IN", "the signature does not prove that this is the account", {
    hint: "check the account's name, and that the index is addressed by its public URL",
  });
}

function notInvited(): ServerError {
  return new ServerError(
    "NOT_ALLOWED",
    "this index takes newcomers by invitation, and the code is missing, used or expired",
    {
      hint: "ask the operator of the index for a code",
    },
  );
}

function taken(what: string): ServerError {
  return new ServerError("ACCOUNT_TAKEN", what, { hint: "choose another name, or log in with the account's own keys" });
}
