import { compareVersions, formatVersion, parseDistributionFilename, type Version } from "@countermark/packaging";
import {
  isDeveloperRole,
  isOfflineRole,
  type Protection,
  type ReleaseFile,
  type Standing,
} from "@countermark/repository";
import {
  formatTime,
  TufError,
  verifySignatures,
  type Envelope,
  type Metadata,
  type PublicKey,
  type RoleKeys,
} from "@countermark/tuf";
import type { PinnedRepository } from "../verify/state/trust-store.ts";
import type { VerifiedIndex } from "../verify/verified-index.ts";

/** Who holds a role's keys. */
export type Holder =
  "key holders, offline" | "the index itself, online" | "the project's owners" | "the project's releasers";

/** One link of the chain of trust. */
export interface Link {
  readonly role: string;
  readonly version: number;
  readonly expires: string;
  readonly holder: Holder;
  /** How many of the keys must sign. */
  readonly threshold: number;
  /** Identities: SHA-256 of the decoded public keys, lower-case hex. */
  readonly keys: readonly string[];
  /** Those of the keys that have signed this version. */
  readonly signed: readonly string[];
}

/** Why a project's files are believed. */
export interface Explanation {
  readonly project: string;
  readonly index: string;
  /** The only version that was asked for; every one otherwise. */
  readonly version?: string;
  /** SHA-256 of the first root: what the user pinned. */
  readonly fingerprint: string;
  readonly exists: boolean;
  readonly protection: Protection;
  readonly standing: Standing;
  readonly ceremony: number;
  /** From root to the role that lists the files. */
  readonly chain: readonly Link[];
  /** What says that this is the newest state. */
  readonly freshness: readonly Link[];
  /** When the list loses the keys of CI that it needs, where it does: then nothing of it installs. */
  readonly ciEnd?: string;
  readonly files: readonly ReleaseFile[];
  readonly withdrawn: readonly { readonly filename: string; readonly reason: string }[];
}

/** Follows the verified chain from the pinned root to a project's files. `project` is normalised. */
export async function explain(
  index: VerifiedIndex,
  repository: PinnedRepository,
  project: string,
  version?: Version,
): Promise<Explanation> {
  const listing = await index.listing(project);
  const ciEnd = index.ciEnd(listing);
  const isMeant = ({ filename }: { readonly filename: string }) =>
    version === undefined || compareVersions(parseDistributionFilename(filename).version, version) === 0;
  return {
    project,
    ...(version !== undefined && { version: formatVersion(version) }),
    index: repository.url,
    fingerprint: repository.id,
    exists: listing.exists,
    protection: listing.protection,
    standing: listing.standing,
    ceremony: index.roles.layout?.ceremony ?? 0,
    chain: [topLink(index, "root"), topLink(index, "targets"), ...delegatedLinks(index, listing.chain)],
    freshness: [topLink(index, "timestamp"), topLink(index, "snapshot")],
    ...(ciEnd !== undefined && { ciEnd: formatTime(ciEnd) }),
    files: listing.files.filter(isMeant),
    withdrawn: listing.withdrawn.filter(isMeant),
  };
}

function topLink(index: VerifiedIndex, role: "root" | "timestamp" | "snapshot" | "targets"): Link {
  const { root, timestamp, snapshot } = index.set;
  const envelope = { root, timestamp, snapshot, targets: index.roles.envelope("targets") }[role];
  return link(role, envelope, root.signed.keys, root.signed.roles.get(role));
}

/** The links below `targets`, each with the keys that the one before names for it. */
function delegatedLinks(index: VerifiedIndex, chain: readonly string[]): readonly Link[] {
  return chain.slice(1).map((role, position) => {
    const delegations = index.roles.envelope(chain[position] ?? "")?.signed.delegations;
    return link(role, index.roles.envelope(role), delegations?.keys ?? new Map(), delegations?.roles.get(role));
  });
}

function link(
  role: string,
  envelope: Envelope<Metadata> | undefined,
  keys: ReadonlyMap<string, PublicKey>,
  roleKeys: RoleKeys | undefined,
): Link {
  if (envelope === undefined || roleKeys === undefined) throw new TypeError(`${role} was not loaded`);
  const identities = roleKeys.keyIds
    .map((keyId) => keys.get(keyId)?.identity)
    .filter((identity) => identity !== undefined);
  return {
    role,
    version: envelope.signed.version,
    expires: formatTime(envelope.signed.expires),
    holder: holderOf(role),
    threshold: roleKeys.threshold,
    keys: [...new Set(identities)],
    signed: [...new Set(signersOf(role, envelope, keys, roleKeys))],
  };
}

function signersOf(
  role: string,
  envelope: Envelope<Metadata>,
  keys: ReadonlyMap<string, PublicKey>,
  { keyIds, unknown }: RoleKeys,
): readonly string[] {
  return keyIds.flatMap((keyId) => {
    try {
      verifySignatures(envelope, keys, { keyIds: [keyId], threshold: 1, unknown }, role);
      return keys.get(keyId)?.identity ?? [];
    } catch (error) {
      if (error instanceof TufError) return [];
      throw error;
    }
  });
}

function holderOf(role: string): Holder {
  if (isDeveloperRole(role)) return role.startsWith("p.") ? "the project's owners" : "the project's releasers";
  return isOfflineRole(role) ? "key holders, offline" : "the index itself, online";
}
