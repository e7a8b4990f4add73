import { createHash } from "node:crypto";
import { readTargets, TufError, verifySignatures, type Envelope, type Targets } from "@countermark/tuf";
import { followChain } from "../../claimed/check/chain.ts";
import type { KeySet } from "../../claimed/owners-field.ts";
import type { ProjectDraft } from "../../claimed/project-draft.ts";
import { RepositoryError } from "../../errors.ts";
import { projectRole, releaseRole } from "../../layout/role-names.ts";
import { checkShape } from "../../layout/shape.ts";
import type { Sharding } from "../../layout/sharding.ts";
import { requirePersons } from "../../project/persons.ts";
import type { ProposedClaim } from "./bundle.ts";
import type { SeenClaim, SeenProject, SeenRole } from "./state-lines.ts";
import { hasLeft } from "./urgent.ts";

/** A claim whose chain of owners and list of files hold. */
export interface VerifiedClaim {
  readonly project: string;
  readonly draft: ProjectDraft;
  readonly p: Envelope<Targets>;
  readonly r: Envelope<Targets>;
  /** SHA-256 over the owners' keys and threshold. */
  readonly owners: string;
  /** A file of its list stood before it was claimed, as its own releasers say. */
  readonly adopts: boolean;
  /** Somebody was let go since the last ceremony saw it. */
  readonly left: boolean;
}

/**
 * Verifies a claim from its first `p.`, or from the one that the last ceremony saw: versions go up by one, each is signed
 * by the owners before it and after it, a change of owners by all of them; `r.` is signed by those whom the last names.
 * @throws RepositoryError `CEREMONY_CLAIM`
 */
export function verifyClaim(claim: ProposedClaim, before: SeenProject | undefined, sharding: Sharding): VerifiedClaim {
  const { project } = claim;
  try {
    const chain = claim.p.map((bytes) => readCanonical(project, bytes));
    requireBeginning(project, claim, chain, before);
    const drafts = followChain(project, chain, sharding);
    const [draft, p] = [drafts.at(-1), chain.at(-1)];
    if (draft === undefined || p === undefined) throw refuse(project, "has no p. at all");
    const r = verifyRelease(project, claim.r, p.signed, sharding);
    if (before !== undefined && before.standing !== "unclaimed") requireNoOlder(project, r, before.r);
    const adopts = [...r.signed.targets.values()].some(({ custom }) => custom?.get("adopted") === true);
    const left = hasLeft(drafts.slice(Math.max(0, knownAt(claim, before))));
    return { project, draft, p, r, owners: ownersDigest(draft.owners), adopts, left };
  } catch (error) {
    if (error instanceof RepositoryError && error.code === "CEREMONY_CLAIM") throw error;
    if (!(error instanceof RepositoryError || error instanceof TufError)) throw error;
    throw refuse(project, `does not hold: ${error.message}`);
  }
}

/** Where in the chain the `p.` stands that the last ceremony saw; -1 where it saw none. */
function knownAt(claim: ProposedClaim, before: SeenProject | undefined): number {
  if (before === undefined || before.standing === "unclaimed") return -1;
  return claim.p.findIndex((bytes) => sha256(bytes) === before.p.sha256);
}

function requireBeginning(
  project: string,
  claim: ProposedClaim,
  chain: readonly Envelope<Targets>[],
  before: SeenProject | undefined,
): void {
  const [first] = chain;
  if (before !== undefined && before.standing !== "unclaimed") {
    const known = knownAt(claim, before);
    if (known < 0) throw refuse(project, "does not go on from the p. that the last ceremony saw");
    if (chain[known]?.signed.version !== before.p.version)
      throw refuse(project, "has another version than the last ceremony saw");
    return;
  }
  if (first?.signed.version !== 1) throw refuse(project, "has a chain that begins later than p. 1");
}

function verifyRelease(project: string, bytes: Uint8Array, p: Targets, sharding: Sharding): Envelope<Targets> {
  const name = releaseRole(project);
  const r = readCanonical(project, bytes);
  const role = p.delegations?.roles.get(name);
  if (p.delegations === undefined || role === undefined) throw refuse(project, "lets nobody release");
  verifySignatures(r, p.delegations.keys, role, name);
  requirePersons(r, role, p, name);
  checkShape(name, r.signed, sharding);
  return r;
}

/** As every index publishes it: nothing stands between the lines, and every reader sees the same. */
function readCanonical(project: string, bytes: Uint8Array): Envelope<Targets> {
  const role = readTargets(bytes);
  if (role.canonical) return role;
  throw refuse(project, "has a role that is not in canonical form");
}

/** The floor under `r.` never sinks: an older list, or another one of that version, is what a removed releaser has signed. */
function requireNoOlder(project: string, { bytes, signed }: Envelope<Targets>, seen: SeenRole): void {
  if (signed.version > seen.version) return;
  if (signed.version === seen.version && sha256(bytes) === seen.sha256) return;
  throw refuse(project, `shows another r. ${signed.version}, where the last ceremony saw r. ${seen.version}`);
}

/** What stays equal while owners stay the same. */
export function ownersDigest({ keys, threshold }: KeySet): string {
  const identities = keys.map(({ identity }) => identity).sort();
  return sha256(Buffer.from([String(threshold), ...identities].join("\n")));
}

/** Whether nothing of a claim has changed since the last ceremony saw it. */
export function isAsSeen({ p, r }: VerifiedClaim, before: SeenClaim): boolean {
  return sha256(p.bytes) === before.p.sha256 && sha256(r.bytes) === before.r.sha256;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function refuse(project: string, what: string): RepositoryError {
  return new RepositoryError("CEREMONY_CLAIM", `the claim of ${project} ${what}`, projectRole(project));
}
