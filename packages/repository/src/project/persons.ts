import { verifySignatures, type Envelope, type JsonObject, type RoleKeys, type Targets } from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import { readCiKeys } from "../claimed/ci-keys.ts";

const FIELD = "x-countermark-persons";
/** Longest label of a person, in characters. */
const MAX_LABEL = 200;

/** The member of `p.<project>` that says whose key is whose; nothing where nobody has a label. */
export function personsField(persons: ReadonlyMap<string, string>): JsonObject {
  return persons.size === 0 ? new Map() : new Map([[FIELD, persons]]);
}

/**
 * Whose key is whose, as the owners say in `p.<project>`: key id to a person's label. One person may hold several keys,
 * one for each machine; keys without a label are a person each.
 * @throws RepositoryError `ROLE_SHAPE`
 */
export function readPersons(p: Targets, name: string): ReadonlyMap<string, string> {
  const value = p.unknown.get(FIELD);
  if (value === undefined) return new Map();
  const fail = (): RepositoryError => new RepositoryError("ROLE_SHAPE", `role ${name} has an invalid ${FIELD}`, name);
  if (!(value instanceof Map)) throw fail();
  for (const label of value.values()) {
    if (typeof label !== "string" || label === "" || label.length > MAX_LABEL) throw fail();
  }
  return value as ReadonlyMap<string, string>;
}

/**
 * People, not keys, meet a threshold: refuses a release role that fewer distinct persons have signed than it asks for,
 * however many of their machines did; and one that keys of CI alone have signed (TRUST.md 2). A key of CI counts
 * for nothing from its end on.
 * @param release the role that `p` delegates to, its signatures already verified as TUF asks
 * @param now milliseconds since the epoch; who looks back at what was signed leaves it out, and no key has ended
 * @throws RepositoryError `ROLE_PERSONS`
 */
export function requirePersons(
  release: Envelope<Targets>,
  role: RoleKeys,
  p: Targets,
  name: string,
  now = -Infinity,
): void {
  const ciKeys = readCiKeys(p, name);
  const hasEnded = (keyId: string): boolean => (ciKeys.get(keyId) ?? Infinity) <= now;
  if (role.threshold < 2 && !role.keyIds.some(hasEnded)) return;
  const persons = readPersons(p, name);
  const signed = new Set<string>();
  let human = false;
  for (const keyId of role.keyIds) {
    const label = persons.get(keyId);
    const person = label === undefined ? `key ${keyId}` : `person ${label}`;
    const mayMatter = !signed.has(person) || (!human && !ciKeys.has(keyId));
    if (hasEnded(keyId) || !mayMatter || !hasSigned(release, keyId, p)) continue;
    signed.add(person);
    human ||= !ciKeys.has(keyId);
  }
  const count = signed.size;
  const refuse = (by: string): RepositoryError =>
    new RepositoryError("ROLE_PERSONS", `role ${name} is signed by ${by}`, name);
  if (count < role.threshold) throw refuse(`${count} of the ${role.threshold} persons it needs`);
  if (role.threshold > 1 && !human) throw refuse(`CI alone, where ${role.threshold} are asked`);
}

function hasSigned(release: Envelope<Targets>, keyId: string, { delegations }: Targets): boolean {
  try {
    verifySignatures(
      release,
      delegations?.keys ?? new Map(),
      { keyIds: [keyId], threshold: 1, unknown: new Map() },
      keyId,
    );
    return true;
  } catch {
    return false;
  }
}
