import {
  outlineOf,
  TufError,
  type Envelope,
  type Root,
  type Snapshot,
  type TopLevelRole,
  type TrustedSet,
} from "@countermark/tuf";
import { ClientError } from "../errors.ts";
import { digest } from "./cache/content-cache.ts";
import type { HttpSource } from "./fetch/http-source.ts";
import { limitsFor, MAX_ROOT_BYTES, MAX_SNAPSHOT_BYTES, MAX_TIMESTAMP_BYTES } from "./fetch/limits.ts";
import { openTrusted, unreadable } from "./open-trusted.ts";
import type { PinnedRepository, TrustStore } from "./state/trust-store.ts";
import type { Edge, Verdicts } from "./verdicts.ts";

/** Most roots that one update walks through (TUF 5.3.3). */
export const MAX_ROOT_STEPS = 1024;

/** Where the newest verified top-level files are kept. What it gives must be readable: an update refuses without it. */
export type RefreshStore = Pick<
  TrustStore,
  "trusted" | "advanceRoot" | "advanceTimestamp" | "advanceSnapshot" | "forgetOnline"
>;

/** Where a role's file lies below the base URL (TUF 6.2); without a version where the repository writes none. */
export type LocateRole = (role: string, version: number | undefined) => string;

/** What an update works with. */
export interface RefreshPorts {
  readonly repository: PinnedRepository;
  readonly source: Pick<HttpSource, "bytes">;
  readonly store: RefreshStore;
  readonly locate: LocateRole;
  /** What of the own files was verified before, so that it need not be again. */
  readonly verdicts?: Verdicts;
  /** This machine's clock, in milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The client workflow of TUF 5.1 to 5.5: from the pinned root to the snapshot that the index shows now. Each file is kept
 * as soon as it is verified, and not before, so that an update that fails half-way still never goes back.
 * @throws TufError, ClientError
 */
export async function refresh(ports: RefreshPorts): Promise<TrustedSet> {
  const { repository, store, verdicts, now } = ports;
  const set = openTrusted(repository, store.trusted(repository.id), now, verdicts); // 5.1, 5.2
  await loadRoots(set, ports); // 5.3
  await loadTimestamp(set, ports); // 5.4
  await loadSnapshot(set, ports); // 5.5
  return set;
}

/** TUF 5.3: one root after the other, each signed by the one before and by itself, until there is no newer one. */
async function loadRoots(set: TrustedSet, { source, store, repository, locate }: RefreshPorts): Promise<void> {
  for (let step = 0; step < MAX_ROOT_STEPS; step += 1) {
    const before = set.root.signed;
    const path = locate("root", before.version + 1);
    const bytes = await source.bytes(path, { ...limitsFor(MAX_ROOT_BYTES), gzip: true }); // 5.3.3
    if (bytes === undefined) return;
    const { signed } = set.updateRoot(bytes); // 5.3.4 - 5.3.7
    store.advanceRoot(repository.id, { version: signed.version, bytes }, turnsOnlineKeys(before, signed)); // 5.3.8, 5.3.11
  }
  throw new ClientError("INDEX_ANSWER", `${repository.url} shows more than ${MAX_ROOT_STEPS} new roots`, {
    hint: "run the command again if the index really turned its keys that often",
  });
}

/** TUF 5.4: the newest timestamp, measured against the last one that was trusted. */
async function loadTimestamp(set: TrustedSet, ports: RefreshPorts): Promise<void> {
  const { store, repository } = ports;
  const own = store.trusted(repository.id).timestamp;
  if (own !== undefined) {
    compareWith(ports, set, "timestamp", () => {
      useOwnTimestamp(ports, set, own);
    });
  }
  const bytes = await fetchRole(ports, "timestamp", undefined, MAX_TIMESTAMP_BYTES); // 5.4.1
  const { bytes: kept, signed } = set.updateTimestamp(bytes); // 5.4.2 - 5.4.4
  const edge = edgeOf(set, "timestamp", kept);
  if (ports.verdicts?.recall(edge) === undefined) ports.verdicts?.note(edge, { version: signed.version });
  const file = { version: signed.version, bytes: kept };
  store.advanceTimestamp(repository.id, set.root.signed.version, file, set.referenceTime); // 5.4.5
}

/** TUF 5.5: the snapshot that the timestamp names, measured against the last one that was trusted. */
async function loadSnapshot(set: TrustedSet, ports: RefreshPorts): Promise<void> {
  const { store, repository } = ports;
  const own = store.trusted(repository.id).snapshot;
  if (own !== undefined) {
    compareWith(ports, set, "snapshot", () => {
      useOwnSnapshot(ports, set, own);
    });
  }
  if (set.snapshot !== undefined) return;
  const { version, length = MAX_SNAPSHOT_BYTES } = set.timestamp?.signed.snapshot ?? {};
  const named = set.root.signed.consistentSnapshot ? version : undefined;
  const bytes = await fetchRole(ports, "snapshot", named, Math.min(length, MAX_SNAPSHOT_BYTES)); // 5.5.1
  const envelope = set.updateSnapshot(bytes); // 5.5.2 - 5.5.6
  const { signed } = envelope;
  noteSnapshot(ports, set, envelope);
  store.advanceSnapshot(repository.id, set.root.signed.version, { version: signed.version, bytes }); // 5.5.7
}

function useOwnTimestamp({ verdicts }: RefreshPorts, set: TrustedSet, bytes: Uint8Array): void {
  const signaturesKnown = verdicts?.recall(edgeOf(set, "timestamp", bytes)) !== undefined;
  set.updateTimestamp(bytes, { signaturesKnown });
}

function useOwnSnapshot(ports: RefreshPorts, set: TrustedSet, bytes: Uint8Array): void {
  const known = ports.verdicts?.recall(edgeOf(set, "snapshot", bytes));
  const envelope = set.updateSnapshot(bytes, {
    trusted: true,
    signaturesKnown: known !== undefined,
    outline: known?.outline,
  });
  noteSnapshot(ports, set, envelope);
}

function noteSnapshot({ verdicts }: RefreshPorts, set: TrustedSet, envelope: Envelope<Snapshot>): void {
  const edge = edgeOf(set, "snapshot", envelope.bytes);
  if (verdicts === undefined || verdicts.recall(edge) !== undefined) return;
  verdicts.note(edge, { outline: outlineOf(envelope), version: envelope.signed.version });
}

function edgeOf(set: TrustedSet, role: string, bytes: Uint8Array): Edge {
  return { role, delegator: digest(set.root.bytes), file: digest(bytes) };
}

async function fetchRole(
  ports: RefreshPorts,
  role: string,
  version: number | undefined,
  maxBytes: number,
): Promise<Uint8Array> {
  const path = ports.locate(role, version);
  const bytes = await ports.source.bytes(path, { ...limitsFor(maxBytes), gzip: true });
  if (bytes !== undefined) return bytes;
  throw new ClientError("INDEX_INCOMPLETE", `${ports.repository.url}${path} is not there`, {
    hint: "the index is broken, or this address is not an index of this kind",
  });
}

/**
 * Gives an own file to the set, to compare the index's with. That it is expired or outdated matters not; one that the
 * present root's keys no longer signed is forgotten, as after a turn of keys. One that cannot be read is no small matter:
 * without it the index could show something older, and nobody would notice.
 * @throws ClientError `STATE_UNUSABLE`
 */
function compareWith({ store, repository }: RefreshPorts, set: TrustedSet, role: string, update: () => unknown): void {
  try {
    update();
  } catch (error) {
    if (!(error instanceof TufError) || error.code === "TUF_ORDER") throw error;
    if (error.code === "TUF_EXPIRED" && error.role === "root") throw error; // 5.3.10
    if (error.code === "TUF_SIGNATURE") store.forgetOnline(repository.id, set.root.signed.version);
    else if (error.code !== "TUF_EXPIRED" && !(error.code === "TUF_VERSION" && role === "snapshot")) {
      throw unreadable(repository, role, error);
    }
  }
}

/** Whether a key of timestamp or snapshot lost its say: what it signed may have been a thief's (TUF 5.3.11). */
function turnsOnlineKeys(before: Root, after: Root): boolean {
  return (["timestamp", "snapshot"] as const).some((role) => {
    const still = identities(after, role);
    return [...identities(before, role)].some((identity) => !still.has(identity));
  });
}

function identities(root: Root, role: TopLevelRole): ReadonlySet<string> {
  const keys = root.roles.get(role)?.keyIds.map((keyId) => root.keys.get(keyId)?.identity) ?? [];
  return new Set(keys.filter((identity) => identity !== undefined));
}
