import { createHmac, createSecretKey, randomBytes, timingSafeEqual, type KeyObject } from "node:crypto";
import type { Transaction } from "@countermark/repository";
import type { NewFile } from "../storage/index-store.ts";
import type { NewTransaction } from "../storage/transactions.ts";

/** What the seal covers beside the purpose. */
type Sealed = Pick<NewTransaction, "kind" | "project" | "payload" | "by" | "acceptedAt" | "nonce">;

const PURPOSE = "countermark/v1/transaction";

/**
 * The mark of a process that checks transactions before it accepts them. The publisher signs nothing for one without
 * it: whoever can write to the database alone cannot invent a transaction, nor turn one into another.
 */
export class TransactionSeal {
  readonly #key: KeyObject;

  /** `key`: 32 secret bytes, kept apart from the database. */
  constructor(key: Uint8Array) {
    this.#key = createSecretKey(key);
  }

  /** Seals what was checked. `reserves`: the names it takes until its outcome. */
  seal(
    { kind, project, payload }: Transaction,
    about: { readonly by: string; readonly acceptedAt: number; readonly reserves?: readonly NewFile[] },
  ): NewTransaction {
    const { by, acceptedAt, reserves = [] } = about;
    const sealed: Sealed = { kind, project, payload, by, acceptedAt, nonce: randomBytes(16).toString("hex") };
    return { ...sealed, reserves, seal: this.#digest(sealed).toString("hex") };
  }

  /** Whether this seal is ours, over exactly this transaction. */
  isOurs(transaction: Sealed & { readonly seal: string }): boolean {
    const given = Buffer.from(transaction.seal, "hex");
    const own = this.#digest(transaction);
    return given.byteLength === own.byteLength && timingSafeEqual(given, own);
  }

  #digest({ kind, project, payload, by, acceptedAt, nonce }: Sealed): Buffer {
    // Names and accounts hold no NUL; the payload stands last and is taken as it is.
    const head = [PURPOSE, nonce, kind, project, by, String(acceptedAt), ""].join("\0");
    return createHmac("sha256", this.#key).update(head).update(payload).digest();
  }
}
