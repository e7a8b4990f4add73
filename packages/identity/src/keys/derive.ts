import { hkdfSync } from "node:crypto";
import { SecretBytes } from "../secret/secret-bytes.ts";
import type { Account } from "./account.ts";

const SEED_BYTES = 32;

/** What a derived secret is for. The two keys of an identity tell nothing of each other. */
export type Label = "release key" | "login key" | "sealing key";

/**
 * HKDF-SHA-256 (RFC 5869) without salt; info is `countermark/v1/<label>`, the repository id and the account, each ended by
 * a NUL. One secret gives unrelated keys to each account of each repository. The source stays the caller's.
 */
export function deriveSeed(source: SecretBytes, label: Label, { repository, account }: Account): SecretBytes {
  return expand(source, `countermark/v1/${label}\0${repository}\0${account}\0`);
}

/** The same for a secret that belongs to no account. */
export function deriveSealingKey(source: SecretBytes): SecretBytes {
  const label: Label = "sealing key";
  return expand(source, `countermark/v1/${label}\0`);
}

/** A secret that stands for another one within limits: `countermark/v1/<label>`, then each limit, each ended by a NUL. */
export function deriveLimited(source: SecretBytes, label: "CI key", limits: readonly string[]): SecretBytes {
  return expand(source, ["countermark/v1/" + label, ...limits, ""].join("\0"));
}

function expand(source: SecretBytes, info: string): SecretBytes {
  return source.use((bytes) =>
    SecretBytes.take(new Uint8Array(hkdfSync("sha256", bytes, new Uint8Array(), info, SEED_BYTES))),
  );
}
