import { formatTime, TufError, type TrustedSet } from "@countermark/tuf";
import { ClientError } from "../errors.ts";
import { notCached } from "./fetch/offline-source.ts";
import { openTrusted } from "./open-trusted.ts";
import type { PinnedRepository, TrustStore } from "./state/trust-store.ts";

/** What recalling a snapshot works with. */
export interface RecallPorts {
  readonly repository: PinnedRepository;
  readonly store: Pick<TrustStore, "trusted">;
  /** This machine's clock, in milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The snapshot that was verified last, without asking the index: every signature, version and digest is checked again, and
 * nothing in it may have expired (TUF 5.3.10, 5.4.2, 5.4.4, 5.5.2 to 5.5.6). Nobody can tell whether there is a newer one.
 * @throws TufError, ClientError `NOT_CACHED`, `METADATA_EXPIRED`, `CLOCK_BEHIND`
 */
export function recall({ repository, store, now }: RecallPorts): TrustedSet {
  const trusted = store.trusted(repository.id);
  const { timestamp, snapshot } = trusted;
  const set = openTrusted(repository, trusted, now);
  if (timestamp === undefined || snapshot === undefined) throw notCached(`${repository.url} was never verified here`);
  try {
    set.updateTimestamp(timestamp);
    set.updateSnapshot(snapshot);
    return set;
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
    if (error.code === "TUF_EXPIRED") throw expired(repository, error);
    // An update that ended half-way left a timestamp whose snapshot never came.
    const behind = error.role === "snapshot" && (error.code === "TUF_VERSION" || error.code === "TUF_INTEGRITY");
    if (behind) throw notCached(`the newest snapshot of ${repository.url} is not on this machine`);
    throw error;
  }
}

function expired({ url }: PinnedRepository, cause: TufError): ClientError {
  return new ClientError("METADATA_EXPIRED", `${url}, as it was verified last: ${cause.message}`, {
    hint: "what is known of the index is too old to vouch for anything: leave out --offline, with the index in reach",
    cause,
  });
}

/** What an offline run can and cannot vouch for, in lines for people. */
export function offlineNotice(url: string, set: TrustedSet, trustedTime: number): readonly string[] {
  const ends = [set.root.signed.expires, set.timestamp?.signed.expires ?? 0, set.snapshot?.signed.expires ?? 0];
  const snapshot = `snapshot ${set.snapshot?.signed.version ?? 0}`;
  return [
    `offline: ${url} as it was verified at ${formatTime(trustedTime)} (${snapshot}), which counts until ${formatTime(Math.min(...ends))}`,
    "offline: not known: releases since then, and what was withdrawn since then",
  ];
}
