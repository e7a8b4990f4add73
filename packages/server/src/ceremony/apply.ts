import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, readFile } from "node:fs/promises";
import {
  bundleDigest,
  commonOverrides,
  composeCeremony,
  decodeBundle,
  decodeSignatures,
  makeSharding,
  MAX_BUNDLE_BYTES,
  mergeCeremony,
  projectRole,
  releaseRole,
  RepositoryError,
  shardOf,
  shardRole,
  type Bundle,
  type ComposedCeremony,
  type RoleFile,
  type RoleRecord,
} from "@countermark/repository";
import { readTargets, TufError, verifySignatures, type Root, type Targets } from "@countermark/tuf";
import { systemClock } from "../clock.ts";
import { openIndex, type OpenIndex } from "../data-folder.ts";
import { ServerError, systemError } from "../errors.ts";
import { makePublisher } from "../publisher/make.ts";
import { exists, writeWholeFile } from "../storage/durable.ts";
import { liftedStatus, type Recorded } from "./lift.ts";
import { stateFile } from "./propose.ts";

/** What a ceremony did. */
export interface Applied {
  readonly ceremony: number;
  readonly promoted: readonly string[];
  readonly offlineExpires: number;
}

/**
 * Publishes a ceremony: the bundle as it was proposed, and the signatures that holders carried back, in any order. What
 * was changed since the proposal, by anybody, refuses it whole.
 * @throws RepositoryError `CEREMONY…`; ServerError `CEREMONY_REFUSED`
 */
export async function applyCeremony(
  data: string,
  bundlePath: string,
  signaturePaths: readonly string[],
  clock = systemClock,
): Promise<Applied> {
  const index = await openIndex(data);
  try {
    const file = await read(bundlePath);
    const signatures = await Promise.all(signaturePaths.map(read));
    const merged = merge(index, file, signatures);
    const { composed, files, bundle } = merged;
    const promoted = composed.decisions.filter(({ action }) => action === "promote").map(({ project }) => project);
    const [path, state] = [stateFile(index.paths.folder), `${composed.state.join("\n")}\n`];
    // Killed between the two, the same command does the second.
    if (!(await isPublished(index, files)) || (await isWritten(path, state))) {
      const publisher = makePublisher(index, clock);
      const sharding = makeSharding(index.settings.shards);
      const shards = promoted.map((project) => ({ project, shard: shardOf(sharding, project) }));
      await publisher.publishSigned(
        (roles) => requireUnchanged(index, bundle, composed, files, [...roles]),
        shards,
        (roles, signed) => liftedStatus(index, recordedBy(merged), roles, signed),
      );
    }
    // Those who own what is claimed now are asked by the delegations themselves.
    await index.store.holdClaims(new Map(), 0);
    await writeWholeFile(path, state);
    const { expires = 0 } = composed.roles.get("targets") ?? {};
    return { ceremony: composed.ceremony, promoted, offlineExpires: expires };
  } finally {
    await index.store.close();
  }
}

interface Merged {
  readonly bundle: Bundle;
  readonly composed: ComposedCeremony;
  readonly files: readonly RoleFile[];
}

function merge({ settings }: OpenIndex, file: Uint8Array, signatures: readonly Uint8Array[]): Merged {
  const [bundle, all] = [decodeBundle(file), signatures.map(decodeSignatures)];
  if (bundle.repository !== settings.repositoryId) {
    throw new RepositoryError("CEREMONY_BUNDLE", "the bundle is another index's");
  }
  const composed = composeCeremony(bundle, commonOverrides(all));
  return { bundle, composed, files: mergeCeremony(composed, bundleDigest(file), all) };
}

/** Projects whose `p.` has a floor from this ceremony on. */
function recordedBy({ bundle, composed }: Merged): readonly Recorded[] {
  const deciding = new Set(composed.decisions.filter(({ action }) => action !== "wait").map(({ project }) => project));
  return bundle.claims.flatMap(({ project, p }) => {
    const last = p.at(-1);
    return last === undefined || !deciding.has(project) ? [] : [{ project, p: readTargets(last).signed.version }];
  });
}

async function isPublished({ store }: OpenIndex, files: readonly RoleFile[]): Promise<boolean> {
  const present = new Map((await store.roles()).map((role) => [role.name, role.sha256]));
  return files.every(({ name, sha256 }) => present.get(name) === sha256);
}

async function isWritten(path: string, state: string): Promise<boolean> {
  return (await exists(path)) && (await readFile(path, "utf8")) === state;
}

/**
 * Offline roles byte for byte as proposed; of each project the owners that were shown, or a later `p.` that those owners
 * have signed, as the delegation to come asks: a project that goes on publishing does not hold a ceremony up.
 */
async function requireUnchanged(
  { store, settings }: OpenIndex,
  bundle: Bundle,
  { decisions, roles: next }: ComposedCeremony,
  files: readonly RoleFile[],
  roles: readonly RoleRecord[],
): Promise<readonly RoleFile[]> {
  const present = new Map(roles.map((role) => [role.name, role]));
  const moved = (what: string): ServerError =>
    new ServerError("CEREMONY_REFUSED", `${what} since it was proposed`, {
      hint: "nothing was published; run 'countermark-server propose' again",
    });
  for (const [name, bytes] of bundle.current) {
    if (present.get(name)?.sha256 !== sha256(bytes)) throw moved(`the role ${name} has changed`);
  }
  const sharding = makeSharding(settings.shards);
  const claims = new Map(bundle.claims.map((claim) => [claim.project, claim]));
  for (const { project, action } of decisions) {
    if (action === "wait") continue;
    const [last, now] = [claims.get(project)?.p.at(-1), present.get(projectRole(project))];
    if (!present.has(releaseRole(project)) || now === undefined) throw moved(`${project} has vanished`);
    if (last !== undefined && now.sha256 === sha256(last)) continue;
    const bytes = await store.roleFile(now.name, now.version);
    if (
      bytes !== undefined &&
      followsDelegation(next.get(shardRole("claimed", shardOf(sharding, project))), bytes, now.name)
    )
      continue;
    throw moved(`${project} was handed on twice`);
  }
  return files;
}

/** Whether a `p.` is signed as its delegation in a composed shard of `claimed` asks. */
function followsDelegation(shard: Root | Targets | undefined, bytes: Uint8Array, name: string): boolean {
  const delegations = shard?.type === "targets" ? shard.delegations : undefined;
  const role = delegations?.roles.get(name);
  if (delegations === undefined || role === undefined) return false;
  try {
    verifySignatures(readTargets(bytes), delegations.keys, role, name);
    return true;
  } catch (error) {
    if (error instanceof TufError) return false;
    throw error;
  }
}

/** What holders carried here: an ordinary file, judged before anything of it is read. Throws `CEREMONY`. */
async function read(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const about = await file.stat();
    if (about.isFile() && about.size <= MAX_BUNDLE_BYTES) return await file.readFile();
    throw new RepositoryError("CEREMONY", `${path} is no file, or has more than ${MAX_BUNDLE_BYTES} bytes`);
  } catch (error) {
    throw systemError(error, `cannot read ${path}`);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
