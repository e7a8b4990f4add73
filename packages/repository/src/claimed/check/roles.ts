import { readTargets, TufError, type Envelope, type Targets } from "@countermark/tuf";
import { projectPattern } from "../../layout/paths.ts";
import { projectRole, releaseRole } from "../../layout/role-names.ts";
import { checkShape } from "../../layout/shape.ts";
import { MAX_CLOCK_SKEW_MS } from "../limits.ts";
import { refuse } from "./refuse.ts";
import type { Offer, Situation } from "./situation.ts";

/** Signatures on one role: every owner or releaser that a project may have, once. */
const MAX_SIGNATURES = 512;

/** Reads the files of a commit. Throws `TX_FORMAT`. */
export function readOffer(files: { readonly p?: Uint8Array; readonly r?: Uint8Array }): Offer {
  return { p: files.p && readRole("p", files.p), r: files.r && readRole("r", files.r) };
}

/** Canonical, so that every reader sees the same and nothing is hidden between the lines. */
function readRole(which: string, bytes: Uint8Array): Envelope<Targets> {
  try {
    const envelope = readTargets(bytes);
    if (envelope.canonical && envelope.signatures.size <= MAX_SIGNATURES) return envelope;
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
    throw refuse("TX_FORMAT", `${which} is no role file: ${error.message}`);
  }
  throw refuse("TX_FORMAT", `${which} is not in canonical form, or bears too many signatures`);
}

/** A sealed project, and a claim that is not whole. */
export function requireStanding({ standing, project }: Situation): void {
  if (standing !== "sealed") return;
  throw refuse("TX_STANDING", `${project} is sealed as it was: only a ceremony can give it to its owners`);
}

/** A `p.` is published only together with an `r.` that meets it, a claim only with both (TRUST.md 2). */
export function requireTogether({ p, r }: Offer, { standing, project }: Situation): void {
  const isNew = standing === "none" || standing === "unclaimed";
  if (isNew && p === undefined) throw refuse("TX_UNMET", `a claim of ${project} needs its p.${project}`);
  if (r === undefined) throw refuse("TX_UNMET", `p.${project} is published only with an r.${project} that meets it`);
}

/** Versions go up by exactly one: somebody else may have been faster, or one was skipped. */
export function requireVersions(offer: Offer, situation: Situation): void {
  const { project } = situation;
  for (const [name, offered, present] of [
    [projectRole(project), offer.p, situation.p],
    [releaseRole(project), offer.r, situation.r],
  ] as const) {
    if (offered === undefined) continue;
    const [version, next] = [offered.signed.version, (present?.signed.version ?? 0) + 1];
    if (version === next) continue;
    if (version < next) throw refuse("TX_CONFLICT", `${name} has version ${next - 1} already`, name);
    throw refuse("TX_VERSION", `${name} has version ${version} where ${next} must follow`, name);
  }
}

/** Not ended, and no longer than the policy for developers' roles. */
export function requireExpiry(offer: Offer, { lifetimes, now, project }: Situation): void {
  for (const [name, envelope] of roles(offer, project)) {
    const { expires } = envelope.signed;
    if (expires <= now) throw refuse("TX_EXPIRY", `${name} has ended already`, name);
    if (expires <= now + lifetimes.developer + MAX_CLOCK_SKEW_MS) continue;
    throw refuse("TX_EXPIRY", `${name} would live longer than ${lifetimes.developer / 86_400_000} days`, name);
  }
}

/** A releaser lists files of the own project and of no other (PEP 480). */
export function requireOwnPaths({ r }: Offer, { project }: Situation): void {
  const folder = projectPattern(project).slice(0, -1);
  for (const path of r?.signed.targets.keys() ?? []) {
    if (!path.startsWith(folder))
      throw refuse("TX_PATH", `r.${project} lists ${path.slice(0, 300)}, which is not of ${project}`);
  }
}

/** `p.` delegates the project's own pattern to `r.`, terminating, and nothing else to nobody else. */
export function requireDelegation({ p }: Offer, { project }: Situation): void {
  if (p === undefined) return;
  const name = projectRole(project);
  const delegations = [...(p.signed.delegations?.roles.values() ?? [])];
  const [only] = delegations;
  const isRight =
    delegations.length === 1 &&
    only?.name === releaseRole(project) &&
    only.terminating &&
    only.paths?.length === 1 &&
    only.paths[0] === projectPattern(project);
  if (!isRight)
    throw refuse("TX_DELEGATION", `${name} must delegate ${projectPattern(project)} to r.${project} alone`, name);
}

/** All else that docs/spec/roles.md asks of both: what any verifier would refuse. */
export function requireShape(offer: Offer, { project, sharding }: Situation): void {
  for (const [name, { signed }] of roles(offer, project)) checkShape(name, signed, sharding);
}

function roles({ p, r }: Offer, project: string): readonly (readonly [string, Envelope<Targets>])[] {
  const all = [
    [projectRole(project), p],
    [releaseRole(project), r],
  ] as const;
  return all.flatMap(([name, envelope]) => (envelope === undefined ? [] : [[name, envelope] as const]));
}
