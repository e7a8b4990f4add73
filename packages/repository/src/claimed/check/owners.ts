import type { Envelope, PublicKey, Targets } from "@countermark/tuf";
import { projectRole, releaseRole } from "../../layout/role-names.ts";
import type { KeySet } from "../owners-field.ts";
import type { ProjectDraft } from "../project-draft.ts";
import { NotYetSigned, refuse } from "./refuse.ts";
import { personsBehind, requireNoStrangers, requireThreshold, signersAmong } from "./signatures.ts";
import type { Offer, Situation } from "./situation.ts";

/** Whether owners, their labels or their threshold are others than before: what all present owners must agree to. */
export function ownersDiffer(before: ProjectDraft, after: ProjectDraft): boolean {
  // As JSON: a label may hold anything, also what would read like another owner's line.
  const described = ({ owners, persons }: ProjectDraft): string => {
    const keys = owners.keys.map(({ keyId, identity }) => JSON.stringify([identity, persons.get(keyId) ?? ""]));
    return JSON.stringify([owners.threshold, ...keys.sort()]);
  };
  return described(before) !== described(after);
}

/**
 * `p.` is signed by whoever may sign it now, and a change of owners by all who own now, and by the new ones: a chain that
 * an installer can follow from any version that it knew. Who was present is judged by what stood before, labels too.
 */
export function requireOwners(
  { p }: Offer,
  before: ProjectDraft | undefined,
  after: ProjectDraft,
  situation: Situation,
): void {
  if (p === undefined) return;
  requireNoStrangers(projectRole(after.project), p, [
    situation.delegated,
    situation.held,
    before?.owners,
    after.owners,
  ]);
  requireSuccession(p, before, after, situation);
}

/**
 * The same without a word on signatures of strangers: a claimed project's `p.` may bear those of owners before the last,
 * whom the delegation still names.
 */
export function requireSuccession(
  p: Envelope<Targets>,
  before: ProjectDraft | undefined,
  after: ProjectDraft,
  { withdrawn, delegated, held }: Pick<Situation, "withdrawn" | "delegated" | "held">,
): void {
  const name = projectRole(after.project);
  const among = (set: KeySet): readonly PublicKey[] => signersAmong(p, set, withdrawn);
  if (before !== undefined) {
    requireThreshold(name, among(before.owners), before.owners, before);
    if (delegated !== undefined) requireThreshold(name, among(delegated), delegated, before);
    if (held !== undefined) requireHeld(name, among(held), held, before);
    if (ownersDiffer(before, after)) requireAllOf(name, before, among(before.owners), withdrawn);
  }
  requireThreshold(name, among(after.owners), after.owners, after);
}

/**
 * What a ceremony is about to publish delegates to the owners that were proposed: a `p.` that they have not signed would have
 * the whole ceremony refused, or the project refused by everybody after it.
 */
function requireHeld(name: string, signers: readonly PublicKey[], { threshold }: KeySet, labels: ProjectDraft): void {
  const count = personsBehind(signers, labels).size;
  if (count >= threshold) return;
  const message = `${name} changes while the index's key holders decide about the project: ${count} of the ${threshold} persons have signed whom it needs of those who owned it when it was proposed`;
  throw count === 0 ? refuse("TX_HELD", message, name) : new NotYetSigned("TX_HELD", message, name);
}

/**
 * An owner whose key is withdrawn is an owner still: whoever runs the index withdraws keys, and could else choose who is left
 * to hand a project on. Installers and holders of the offline keys judge likewise, and would refuse the project.
 */
function requireAllOf(
  name: string,
  before: ProjectDraft,
  signers: readonly PublicKey[],
  withdrawn: Situation["withdrawn"],
): void {
  const able = before.owners.keys.filter(({ identity }) => !withdrawn.has(identity));
  const [signed, all] = [personsBehind(signers, before), personsBehind(before.owners.keys, before)];
  if ([...all].every((person) => signed.has(person))) return;
  const message = `${name} changes the owners: ${signed.size} of the ${all.size} present owners have signed, and all must`;
  if (personsBehind(able, before).size < all.size) {
    throw refuse(
      "TX_OWNERS",
      `${message}; one of them has a key that the index has withdrawn, which signs nothing`,
      name,
    );
  }
  throw new NotYetSigned("TX_OWNERS", message, name);
}

/** `r.` is signed by releasers of the `p.` that will stand beside it; CI keys that have ended count for nothing. */
export function requireReleasers({ p, r }: Offer, after: ProjectDraft, situation: Situation): void {
  if (r === undefined) return;
  const name = releaseRole(after.project);
  if (after.releasers === undefined) throw refuse("TX_UNMET", `nobody may sign ${name}`, name);
  requireNoStrangers(name, r, [after.releasers]);
  const ended = [...after.ciKeys].filter(([, end]) => end <= situation.now).map(([keyId]) => keyId);
  const signers = signersAmong(r, after.releasers, situation.withdrawn).filter(({ keyId }) => !ended.includes(keyId));
  requireThreshold(
    name,
    signers,
    after.releasers,
    after,
    p === undefined || signers.length > 0 ? "TX_SIGNATURES" : "TX_UNMET",
  );
  const people = signers.filter(({ keyId }) => !after.ciKeys.has(keyId));
  if (after.releasers.threshold > 1 && people.length === 0) {
    throw new NotYetSigned("TX_CI_KEY", `${name} is signed by CI alone, where two are asked`, name);
  }
}
