import { createHash } from "node:crypto";
import { SealedSeeds } from "@countermark/identity/offline";
import {
  bundleDigest,
  composeCeremony,
  decodeBundle,
  encodeSignatures,
  MAX_BUNDLE_AGE_MS,
  MAX_BUNDLE_BYTES,
  requirePrevious,
  signCeremony,
  verifyOffered,
  type Bundle,
  type CeremonyRecord,
  type CeremonyRoles,
  type ComposedCeremony,
  type Overrides,
} from "@countermark/repository";
import { canonicalise, readRoot, toJson } from "@countermark/tuf";
import { ClientError } from "../errors.ts";
import { readCarried, requireFree, writeCarried } from "./carried-file.ts";
import { readHoldersKeys, readRecord, writeRecord } from "./key-folder.ts";

/** How far a bundle's time may be ahead of this machine's clock. */
const MAX_SKEW_MS = 24 * 60 * 60 * 1000;

/** What a holder is asked to sign, checked against the holder's own record. */
export interface CheckedCeremony {
  readonly file: Uint8Array;
  readonly bundle: Bundle;
  readonly composed: ComposedCeremony;
  readonly record: CeremonyRecord;
}

/**
 * Checks a bundle by this machine's own memory and clock (TRUST.md 5). Nothing is signed.
 * @throws RepositoryError `CEREMONY…`; ClientError `CEREMONY_KEYS`, `CEREMONY_BUNDLE_AGE`, `CEREMONY_FILE`
 */
export async function checkCeremony(
  bundlePath: string,
  keys: string,
  overrides: Overrides,
  now: number,
): Promise<CheckedCeremony> {
  const file = await readCarried(bundlePath, MAX_BUNDLE_BYTES);
  const bundle = decodeBundle(file);
  const record = presentRecord(await readRecord(keys), bundle);
  verifyOffered(bundle, record.repositoryId, record.roles);
  requirePrevious(bundle, record.state);
  requireRecent(bundle.proposed, now);
  return { file, bundle, record, composed: composeCeremony(bundle, overrides) };
}

/**
 * Signs with the keys at hand, opened by `seeds` if they are sealed, and writes the signatures; the record knows of them
 * before they can be carried anywhere.
 */
export async function signChecked(
  checked: CheckedCeremony,
  keys: string,
  out: string,
  overrides: Overrides,
  seeds = new SealedSeeds(),
): Promise<void> {
  const { file, composed, record } = checked;
  await requireFree(out);
  const signatures = await signCeremony(composed, await readHoldersKeys(keys, seeds), {
    bundle: bundleDigest(file),
    overrides,
  });
  await writeRecord(keys, { ...record, next: contentsOf(composed), nextState: composed.stateRoot });
  await writeCarried(out, encodeSignatures(signatures));
}

/** A ceremony that was signed here and published since is the last one now. */
function presentRecord(record: CeremonyRecord, { current }: Bundle): CeremonyRecord {
  const { repositoryId, next, nextState } = record;
  const root = current.get("root");
  if (next === undefined || root === undefined) return record;
  if (readRoot(root).signed.version !== next.get("root")?.version) return record;
  return { repositoryId, roles: next, ...(nextState !== undefined && { state: nextState }) };
}

/** What the next ceremony has to find: by content, for other holders sign the same after us. */
function contentsOf({ roles }: ComposedCeremony): CeremonyRoles {
  return new Map(
    [...roles].map(([name, role]) => {
      const content = createHash("sha256")
        .update(canonicalise(toJson(role)))
        .digest("hex");
      return [name, { version: role.version, content }];
    }),
  );
}

function requireRecent(proposed: number, now: number): void {
  if (proposed <= now + MAX_SKEW_MS && proposed >= now - MAX_BUNDLE_AGE_MS) return;
  throw new ClientError(
    "CEREMONY_BUNDLE_AGE",
    "the bundle was proposed at another time than this machine's clock says",
    {
      hint: "check this machine's clock; where it is right, have the index propose anew",
    },
  );
}
