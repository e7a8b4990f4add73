import { makeDelegations, makeTargets, type JsonObject, type PublicKey, type Targets } from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import { developerDelegation } from "../layout/shape.ts";
import { releaseRole, projectRole } from "../layout/role-names.ts";
import { personsField, readPersons } from "../project/persons.ts";
import { ciKeysField, readCiKeys } from "./ci-keys.ts";
import { ownersField, readOwnersField, type KeySet } from "./owners-field.ts";

/** What a `p.<project>` says, apart from version, end and signatures. */
export interface ProjectDraft {
  readonly project: string;
  readonly owners: KeySet;
  /** `undefined`: nobody may release. */
  readonly releasers: KeySet | undefined;
  /** Key id to a person's label, for owners and releasers alike. */
  readonly persons: ReadonlyMap<string, string>;
  /** Key id of each CI key among the releasers to its end, in milliseconds since the epoch. */
  readonly ciKeys: ReadonlyMap<string, number>;
  /** Members that this program does not know, kept as they are. */
  readonly unknown?: JsonObject;
}

/** When and as which version a role is signed. Times in milliseconds since the epoch. */
export interface Term {
  readonly version: number;
  readonly expires: number;
}

const OWN_FIELDS = ["x-countermark-owners", "x-countermark-persons", "x-countermark-ci"];

/** The draft of a project that one key owns and releases: what most projects are. */
export function soleProject(project: string, key: PublicKey, person?: string): ProjectDraft {
  const alone = { keys: [key], threshold: 1 };
  const persons = new Map(person === undefined ? [] : [[key.keyId, person] as const]);
  return { project, owners: alone, releasers: alone, persons, ciKeys: new Map() };
}

/** `p.<project>` to be signed. */
export function composeProjectRole(draft: ProjectDraft, term: Term): Targets {
  const { project, owners, releasers, persons, ciKeys, unknown = new Map() } = draft;
  const common = {
    ...term,
    unknown: new Map([...unknown, ...ownersField(owners), ...personsField(persons), ...ciKeysField(ciKeys)]),
  };
  if (releasers === undefined) return makeTargets(common);
  const { name, pattern, terminating } = developerDelegation(releaseRole(project), project);
  const keyIds = releasers.keys.map(({ keyId }) => keyId);
  const role = { name, keyIds, threshold: releasers.threshold, paths: [pattern], terminating };
  return makeTargets({ ...common, delegations: makeDelegations({ keys: releasers.keys, roles: [role] }) });
}

/**
 * What a verified `p.<project>` says.
 * @param delegated who signs it, as the delegation to it says: its owners where it does not name them itself
 * @throws RepositoryError `ROLE_SHAPE`
 */
export function readProjectRole(project: string, p: Targets, delegated: KeySet): ProjectDraft {
  const name = projectRole(project);
  const release = p.delegations?.roles.get(releaseRole(project));
  const known = p.delegations?.keys;
  const releasers = release && {
    keys: release.keyIds.map((keyId) => known?.get(keyId) ?? unknownKey(name, keyId)),
    threshold: release.threshold,
  };
  return {
    project,
    owners: readOwnersField(p, name) ?? delegated,
    releasers,
    persons: readPersons(p, name),
    ciKeys: readCiKeys(p, name),
    unknown: new Map([...p.unknown].filter(([field]) => !OWN_FIELDS.includes(field))),
  };
}

function unknownKey(name: string, keyId: string): never {
  throw new RepositoryError("ROLE_SHAPE", `role ${name} names the key ${keyId} without holding it`, name);
}
