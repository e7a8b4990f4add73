import type { Protection } from "@countermark/repository";
import { verifySignatures, type Envelope, type PublicKey, type Targets, type TufError } from "@countermark/tuf";
import { ClientError } from "../errors.ts";

/** Digits of a key's identity that are shown. */
const KEY_DIGITS = 12;

/** Whose keys sign a project's `p.` role, and how many of them must. */
export interface Owners {
  /** By key id. */
  readonly keys: ReadonlyMap<string, PublicKey>;
  readonly threshold: number;
}

/** Who stands behind a project. */
export interface Standing {
  readonly protection: Protection;
  /** Goes up in `targets` when `recently-claimed` was cleared in a recovery. */
  readonly epoch: number;
  /** Of a claimed or recently claimed project. */
  readonly owners?: Owners;
}

/**
 * Compares who stands behind a project with who did when it was last seen here (TRUST: floors and continuity). What only the
 * index vouches for may not take a project from its owners, or out of a seal: whoever broke into the index would do just that.
 * @param ownersFile the project's verified `p.`, where there is one
 * @returns what a user should hear of, if anything
 * @throws ClientError `CONTINUITY`
 */
export function requireContinuity(
  project: string,
  known: Standing | undefined,
  present: Standing,
  ownersFile: Envelope<Targets> | undefined,
): string | undefined {
  switch (known?.protection) {
    case undefined:
      return undefined;
    case "unclaimed":
      if (present.protection !== "recently-claimed") return undefined;
      return `${project} had files that nobody signed for, and is now claimed by ${names(present.owners)}`;
    case "recently-claimed":
      return fromRecentlyClaimed(project, known, present, ownersFile);
    case "sealed":
      if (present.protection === "sealed") return undefined;
      if (present.protection === "claimed")
        return `${project} was sealed, and is now claimed by ${names(present.owners)}`;
      throw broken(project, "was sealed by the index's key holders, and now only the index vouches for it");
    case "claimed":
      return fromClaimed(project, known, present);
  }
}

function fromRecentlyClaimed(
  project: string,
  known: Standing,
  present: Standing,
  ownersFile: Envelope<Targets> | undefined,
): string | undefined {
  if (present.owners === undefined) {
    if (present.epoch > known.epoch) return `${project} is no longer claimed: the index cleared all recent claims`;
    throw broken(project, "was claimed by its developers, and the claim is gone");
  }
  if (sameOwners(known.owners, present.owners)) return undefined;
  if (known.owners !== undefined && ownersFile !== undefined && isSignedBy(known.owners, ownersFile)) {
    return handedOver(project, known, present);
  }
  throw broken(
    project,
    `belonged to ${names(known.owners)}, and now to ${names(present.owners)}, without the former's word`,
  );
}

/** `claimed` is signed offline: what changes there was decided by the index's key holders. */
function fromClaimed(project: string, known: Standing, present: Standing): string | undefined {
  if (present.protection === "sealed")
    return `${project} is no longer signed by its developers: it was sealed as it is`;
  if (present.protection !== "claimed") {
    throw broken(project, "was signed by its own developers, and now only the index vouches for it");
  }
  return sameOwners(known.owners, present.owners) ? undefined : handedOver(project, known, present);
}

function sameOwners(known: Owners | undefined, present: Owners | undefined): boolean {
  const [before, after] = [identities(known), identities(present)];
  return (
    known?.threshold === present?.threshold &&
    before.size === after.size &&
    [...before].every((each) => after.has(each))
  );
}

function isSignedBy({ keys, threshold }: Owners, file: Envelope<Targets>): boolean {
  try {
    verifySignatures(file, keys, { keyIds: [...keys.keys()], threshold, unknown: new Map() }, "p");
    return true;
  } catch (error) {
    if ((error as Partial<TufError>).code !== "TUF_SIGNATURE") throw error;
    return false;
  }
}

function identities(owners: Owners | undefined): Set<string> {
  return new Set([...(owners?.keys.values() ?? [])].map(({ identity }) => identity));
}

function names(owners: Owners | undefined): string {
  const shown = [...identities(owners)].map((identity) => identity.slice(0, KEY_DIGITS)).sort();
  return `${shown.length === 1 ? "key" : "keys"} ${shown.join(", ")}`;
}

function handedOver(project: string, known: Standing, present: Standing): string {
  return `${project} changed hands: from ${names(known.owners)} to ${names(present.owners)}`;
}

function broken(project: string, what: string): ClientError {
  return new ClientError("CONTINUITY", `${project} ${what}`, {
    hint: "this is how a broken-in index looks to somebody who has seen the project before; ask its operator and its developers",
  });
}
