import { signingKeys, type Envelope, type PublicKey, type Targets } from "@countermark/tuf";
import type { RepositoryErrorCode } from "../../errors.ts";
import type { KeySet } from "../owners-field.ts";
import type { ProjectDraft } from "../project-draft.ts";
import { NotYetSigned, refuse } from "./refuse.ts";

type Withdrawn = ReadonlyMap<string, string>;
type Labels = Pick<ProjectDraft, "persons">;

/** Which keys of a set have signed: distinct ones, and none that was withdrawn. */
export function signersAmong(
  envelope: Envelope<Targets>,
  { keys }: Pick<KeySet, "keys">,
  withdrawn: Withdrawn,
): readonly PublicKey[] {
  const known = new Map(keys.map((key) => [key.keyId, key]));
  return signingKeys(envelope, known, [...known.keys()]).filter(({ identity }) => !withdrawn.has(identity));
}

/** Distinct persons behind keys: those without a label are a person each. */
export function personsBehind(keys: readonly PublicKey[], { persons }: Labels): ReadonlySet<string> {
  return new Set(
    keys.map(({ keyId, identity }) => {
      const label = persons.get(keyId);
      return label === undefined ? `key ${identity}` : `person ${label}`;
    }),
  );
}

/** People, not keys, meet a threshold. Where others can still sign, the refusal is {@link NotYetSigned}. */
export function requireThreshold(
  name: string,
  signers: readonly PublicKey[],
  { threshold }: KeySet,
  labels: Labels,
  code: RepositoryErrorCode = "TX_SIGNATURES",
): void {
  const count = personsBehind(signers, labels).size;
  if (count >= threshold) return;
  const message = `${name} is signed by ${count} of the ${threshold} persons it needs`;
  if (count === 0) throw refuse(code, message, name);
  throw new NotYetSigned(code, message, name);
}

/** Every signature on a role is one that counts: others would only look like support. */
export function requireNoStrangers(
  name: string,
  envelope: Envelope<Targets>,
  sets: readonly (KeySet | undefined)[],
): void {
  const keys = new Map(sets.flatMap((set) => set?.keys ?? []).map((key) => [key.keyId, key]));
  for (const [keyId, signature] of envelope.signatures) {
    if (keys.get(keyId)?.verify(envelope.message, signature) === true) continue;
    throw refuse("TX_SIGNATURES", `${name} bears a signature of ${keyId.slice(0, 12)} that does not count`, name);
  }
}
