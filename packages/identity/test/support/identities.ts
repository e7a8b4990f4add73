import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import {
  IdentityError,
  type Account,
  type Identity,
  type IdentityErrorCode,
  type StatementContext,
} from "@countermark/identity";
import { deriveIdentity } from "../../src/passphrase/derive.ts";
import type { Ksf } from "../../src/passphrase/ksf.ts";

/** Cheap, for tests: handed in by hand, in no table of the package. */
export const CHEAP: Ksf = { id: 255, memoryKib: 64, passes: 1, lanes: 1 };

export const ACCOUNT: Account = { repository: sha256("a root"), account: "alice" };

export const PHRASE = "abacus abdomen abdominal abide abiding ability ablaze";

/** What turns a question for a secret into something else than the secret. */
export const MASK = 0xa5;

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** An identity of a phrase, at the cheap price. */
export async function cheapIdentity(account = "alice", generation = 1): Promise<Identity> {
  return await deriveIdentity({ form: "phrase", bytes: utf8(PHRASE) }, { ...ACCOUNT, account, generation }, CHEAP);
}

export function context(change: Partial<StatementContext> = {}): StatementContext {
  return { ...ACCOUNT, peer: "https://index.example/", nonce: hex(randomBytes(32)), ...change };
}

/** A check for `assert.throws` and `assert.rejects`. */
export function code(expected: IdentityErrorCode, message?: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof IdentityError, String(error));
    assert.equal(error.code, expected, error.message);
    if (message !== undefined) assert.match(error.message, message);
    assert.ok(!error.message.endsWith("."));
    return true;
  };
}
