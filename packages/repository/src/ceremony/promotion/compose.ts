import { readRoot, readTargets, type JsonObject, type Root, type Targets } from "@countermark/tuf";
import { keySetOf, withClaims } from "../../claimed/judge.ts";
import type { KeySet } from "../../claimed/owners-field.ts";
import { RepositoryError } from "../../errors.ts";
import { claimFloorFields, readClaimFloors, type ClaimFloor } from "../../floors/claim-floors.ts";
import { LAYOUT_FIELDS, readLayout, type Layout } from "../../layout/layout.ts";
import { PROFILES } from "../../layout/lifetimes.ts";
import { projectRole } from "../../layout/role-names.ts";
import { shardOf, shardRole } from "../../layout/sharding.ts";
import type { Bundle } from "./bundle.ts";
import { judgeClaim, type Decision } from "./rules.ts";
import { formatState, parseSeen, parseState, stateRoot, type SeenProject } from "./state-lines.ts";
import { sha256, verifyClaim, type VerifiedClaim } from "./verify-claim.ts";

/** Reasons for which claims are promoted against the rule, by project. */
export type Overrides = ReadonlyMap<string, string>;

/** What a ceremony comes to, before anybody has signed it. The same bundle and overrides always give the same. */
export interface ComposedCeremony {
  /** Its number. */
  readonly ceremony: number;
  readonly decisions: readonly Decision[];
  /** Every offline role in its next version, by name. */
  readonly roles: ReadonlyMap<string, Root | Targets>;
  /** The state that the next ceremony remembers: lines and Merkle root. */
  readonly state: readonly string[];
  readonly stateRoot: string;
}

/**
 * Decides of every proposed claim and composes the offline roles that follow. Call `verifyOffered` on the bundle first,
 * and compare the root over `previous` with the holder's own record: {@link requirePrevious}.
 * @throws RepositoryError `CEREMONY`, `CEREMONY_CLAIM`
 */
export function composeCeremony(bundle: Bundle, overrides: Overrides): ComposedCeremony {
  requireSameProfile(bundle);
  const layout = readLayout(roleOf(bundle, "targets"));
  const ceremony = layout.ceremony + 1;
  const previous = parseState(bundle.previous);
  const claims = new Map(
    bundle.claims.map((claim) => [claim.project, verifyClaim(claim, previous.get(claim.project), layout.sharding)]),
  );
  if (claims.size !== bundle.claims.length) throw new RepositoryError("CEREMONY", "a project is proposed twice");
  for (const project of overrides.keys()) {
    if (!claims.has(project))
      throw new RepositoryError("CEREMONY", `${project} is not proposed, and cannot be promoted`);
  }
  const decisions = bundle.claims.map((proposed) => {
    const claim = claims.get(proposed.project) ?? missing();
    const moment = { ceremony, proposed: bundle.proposed, period: PROFILES[bundle.profile].ceremonyPeriod };
    return judgeClaim(proposed, claim, previous.get(proposed.project), moment, overrides.get(proposed.project));
  });
  const state = nextState(bundle, previous, claims, decisions);
  const roles = nextRoles(bundle, layout, claims, decisions);
  return { ceremony, decisions, roles, state, stateRoot: stateRoot(state) };
}

/**
 * The profile is the index's word, and shortens the periods that a claim must wait: the roles of the last ceremony know
 * better. It has signed root and `targets` at one time, so that their ends lie as far apart as the profile has them live.
 */
function requireSameProfile(bundle: Bundle): void {
  const { root, offline } = PROFILES[bundle.profile];
  const apart = readRoot(bundle.current.get("root") ?? missing()).signed.expires - roleOf(bundle, "targets").expires;
  if (apart === root - offline) return;
  throw new RepositoryError("CEREMONY", `the last ceremony did not follow the profile ${bundle.profile}`, "targets");
}

/**
 * Refuses a bundle whose account of the last ceremony is not the one that the holder remembers: with another past, any
 * claim could be made to look old.
 * @throws RepositoryError `CEREMONY_STATE`
 */
export function requirePrevious({ previous }: Pick<Bundle, "previous">, remembered: string | undefined): void {
  const root = stateRoot(previous);
  if (root === (remembered ?? stateRoot([]))) return;
  throw new RepositoryError("CEREMONY_STATE", "the bundle tells another past than the last ceremony has recorded");
}

function nextState(
  bundle: Bundle,
  previous: ReadonlyMap<string, SeenProject>,
  claims: ReadonlyMap<string, VerifiedClaim>,
  decisions: readonly Decision[],
): readonly string[] {
  const state = new Map<string, SeenProject>();
  for (const line of bundle.unclaimed) {
    const seen = parseSeen(line);
    if (seen.standing !== "unclaimed") throw new RepositoryError("CEREMONY", "a claim stands among the unclaimed");
    state.set(seen.project, seen);
  }
  // A claim that is as it was need not be shown again, and is not forgotten; nor is a project without one, which an index
  // could else hide from one ceremony, to claim it before the next as if it had never had files.
  for (const [project, seen] of previous) {
    if (seen.standing !== "unclaimed" || !state.has(project)) state.set(project, seen);
  }
  for (const { project, action, since, seenAt, hadFiles } of decisions) {
    const { p, r, owners } = claims.get(project) ?? missing();
    const standing = action === "wait" ? "recently-claimed" : "claimed";
    const seenRole = ({ bytes, signed }: VerifiedClaim["p"]) => ({ version: signed.version, sha256: sha256(bytes) });
    state.set(project, { project, standing, since, seenAt, hadFiles, owners, p: seenRole(p), r: seenRole(r) });
  }
  return formatState(state.values());
}

function nextRoles(
  bundle: Bundle,
  layout: Layout,
  claims: ReadonlyMap<string, VerifiedClaim>,
  decisions: readonly Decision[],
): ReadonlyMap<string, Root | Targets> {
  const lifetimes = PROFILES[bundle.profile];
  const changes = Map.groupBy(
    decisions.filter(({ action }) => action !== "wait"),
    ({ project }) => shardRole("claimed", shardOf(layout.sharding, project)),
  );
  const roles = new Map<string, Root | Targets>();
  for (const [name, bytes] of bundle.current) {
    if (name === "root") {
      const { signed } = readRoot(bytes);
      roles.set(name, { ...signed, version: signed.version + 1, expires: bundle.proposed + lifetimes.root });
      continue;
    }
    const { signed } = readTargets(bytes);
    const changed = withDecisions(name, signed, changes.get(name) ?? [], claims);
    const unknown: JsonObject = new Map([...changed.unknown, [LAYOUT_FIELDS.ceremony, layout.ceremony + 1]]);
    const term = { version: signed.version + 1, expires: bundle.proposed + lifetimes.offline };
    roles.set(name, { ...changed, ...term, unknown });
  }
  return roles;
}

/** A shard of `claimed` with promoted claims, the owners of the others as they are now, and floors under both roles. */
function withDecisions(
  name: string,
  shard: Targets,
  decisions: readonly Decision[],
  claims: ReadonlyMap<string, VerifiedClaim>,
): Targets {
  if (decisions.length === 0) return shard;
  const floors = new Map<string, ClaimFloor>(readClaimFloors(shard, name));
  const owners = new Map<string, KeySet>();
  for (const { project } of decisions) {
    const { draft, p, r } = claims.get(project) ?? missing();
    floors.set(project, { p: p.signed.version, r: r.signed.version });
    const there = shard.delegations && keySetOf(shard.delegations, projectRole(project));
    if (there !== undefined && sameKeys(there.keys, draft.owners.keys) && there.threshold === draft.owners.threshold)
      continue;
    owners.set(project, draft.owners);
  }
  const unknown = new Map([...shard.unknown, ...claimFloorFields(floors)]);
  return { ...shard, ...(owners.size > 0 && withClaims(shard, owners)), unknown };
}

function sameKeys(a: readonly { readonly keyId: string }[], b: readonly { readonly keyId: string }[]): boolean {
  const ids = new Set(a.map(({ keyId }) => keyId));
  return ids.size === b.length && b.every(({ keyId }) => ids.has(keyId));
}

function roleOf({ current }: Bundle, name: string): Targets {
  return readTargets(current.get(name) ?? missing()).signed;
}

function missing(): never {
  throw new RepositoryError("CEREMONY", "the bundle is not whole");
}
