import { createHash } from "node:crypto";
import {
  readRoot,
  readTargets,
  TrustedSet,
  TufError,
  verifySignatures,
  type Delegations,
  type RoleKeys,
} from "@countermark/tuf";
import type { Root, Targets } from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import { readLayout } from "../layout/layout.ts";
import { checkShape } from "../layout/shape.ts";
import type { Sharding } from "../layout/sharding.ts";
import type { RoleRecord } from "../publisher/role-file.ts";
import { isOfflineRole } from "./renew.ts";

/** Which file a ceremony has signed for a role. */
export interface SignedRole {
  readonly version: number;
  /** Lower-case hex, over the whole file; unknown to a holder who was not the last to sign. */
  readonly sha256?: string;
  /** Lower-case hex, over what is signed. */
  readonly content?: string;
}

/** What the holders of the offline keys remember of a ceremony: root and every other offline role, by name. */
export type CeremonyRoles = ReadonlyMap<string, SignedRole>;

/** What an index hands to the holders of the offline keys. Nothing of it is believed. */
export interface OfferedRoles {
  /** Every root from `1.root.json` to the present one, in order. */
  readonly roots: readonly Uint8Array[];
  /** The present files of `root`, `targets` and every other offline role, by role name. */
  readonly current: ReadonlyMap<string, Uint8Array>;
}

/** What to remember of a ceremony that has signed these files. */
export function ceremonyRoles(files: Iterable<Pick<RoleRecord, "name" | "version" | "sha256">>): CeremonyRoles {
  const roles = new Map<string, SignedRole>();
  for (const { name, version, sha256 } of files) if (isOfflineRole(name)) roles.set(name, { version, sha256 });
  return roles;
}

/**
 * Checks what an index offers to be signed anew, else a ceremony would launder forgeries. Every root follows from the one before, back to the repository's first; every role is
 * signed by the keys its delegator names and has its shape; each is byte for byte what the last ceremony has signed, none
 * is missing and none is new. Roles that have expired pass: to renew them is what the ceremony is for.
 * @throws RepositoryError `CEREMONY`
 */
export function verifyOffered(offered: OfferedRoles, repositoryId: string, last: CeremonyRoles): void {
  try {
    requireRemembered(offered.current, last);
    const root = followRoots(offered.roots, repositoryId);
    if (sha256(offered.roots.at(-1)) !== sha256(offered.current.get("root")))
      throw refuse("root", "is not the last of its chain");
    verifyTree(root, offered.current);
  } catch (error) {
    if (error instanceof RepositoryError && error.code === "CEREMONY") throw error;
    if (!(error instanceof TufError || error instanceof RepositoryError)) throw error;
    throw new RepositoryError("CEREMONY", error.message, error.role);
  }
}

function requireRemembered(current: OfferedRoles["current"], last: CeremonyRoles): void {
  for (const name of last.keys()) if (!current.has(name)) throw refuse(name, "is missing");
  for (const [name, bytes] of current) {
    const remembered = last.get(name);
    if (remembered === undefined) throw refuse(name, "was not there at the last ceremony");
    if (!isRemembered(name, bytes, remembered)) throw refuse(name, "is not the file that the last ceremony has signed");
  }
}

function isRemembered(name: string, bytes: Uint8Array, { sha256: file, content }: SignedRole): boolean {
  if (file !== undefined) return sha256(bytes) === file;
  return content !== undefined && sha256((name === "root" ? readRoot(bytes) : readTargets(bytes)).message) === content;
}

function followRoots([first, ...later]: readonly Uint8Array[], repositoryId: string): Root {
  if (first === undefined || sha256(first) !== repositoryId) throw refuse("root", "does not begin with the first root");
  // No date matters here: a chain may be as old as it likes.
  const trusted = TrustedSet.open(first, 0);
  for (const bytes of later) trusted.updateRoot(bytes);
  return trusted.root.signed;
}

type Keys = Pick<Delegations, "keys">;

/** Every offline role under the edge that delegates to it, from the top down. */
function verifyTree(root: Root, current: OfferedRoles["current"]): void {
  const reached = new Set(["root"]);
  const verify = (name: string, keys: Keys["keys"], role: RoleKeys, sharding?: Sharding): void => {
    const envelope = readTargets(current.get(name) ?? missing(name));
    verifySignatures(envelope, keys, role, name);
    const layout = sharding ?? readLayout(envelope.signed).sharding;
    checkShape(name, envelope.signed, layout);
    reached.add(name);
    for (const next of offlineDelegations(envelope.signed)) {
      verify(next.name, envelope.signed.delegations?.keys ?? new Map(), next, layout);
    }
  };
  verify("targets", root.keys, root.roles.get("targets") ?? missing("targets"));
  for (const name of current.keys()) if (!reached.has(name)) throw refuse(name, "is delegated to by nobody");
}

function offlineDelegations({ delegations }: Targets) {
  return [...(delegations?.roles.values() ?? [])].filter(({ name }) => isOfflineRole(name));
}

function sha256(bytes: Uint8Array = new Uint8Array()): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function missing(name: string): never {
  throw refuse(name, "is missing");
}

function refuse(name: string, what: string): RepositoryError {
  return new RepositoryError("CEREMONY", `role ${name} ${what}`, name);
}
