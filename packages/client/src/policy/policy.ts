import type { Protection } from "@countermark/repository/verifying";
import type { NameRules } from "./name-rules.ts";

/** What a user demands of a project before anything of it is installed, from the weakest to the strongest. */
export const POLICIES = ["any", "sealed", "claimed"] as const;
export type Policy = (typeof POLICIES)[number];

/** What one place (a settings file, or one index's table in it) demands. */
export interface PolicyRules {
  /** Where it stands, for people: a path, perhaps with a table. */
  readonly origin: string;
  /** Of projects of which `rules` say nothing. */
  readonly general: Policy;
  readonly rules: NameRules<Policy>;
}

/** What is demanded of a project, and where that stands. */
export interface Demand {
  readonly policy: Policy;
  readonly origin: string;
}

/**
 * Strength of a protection (TRUST.md 7): claimed, sealed, then the rest. A recent claim rests on the index's word until the
 * next ceremony, so it does not satisfy `sealed`.
 */
const STRENGTH: Readonly<Record<Protection, number>> = { claimed: 2, sealed: 1, "recently-claimed": 0, unclaimed: 0 };

/** Whether a project so protected is what the policy demands. */
export function satisfies(policy: Policy, protection: Protection): boolean {
  return STRENGTH[protection] >= POLICIES.indexOf(policy);
}

/**
 * What all places together demand of a project, by its normalised name: the strictest of what each says. So whoever adds a
 * place can only tighten.
 */
export function demandOn(project: string, places: readonly PolicyRules[]): Demand {
  let strictest: Demand = { policy: "any", origin: "" };
  for (const { origin, general, rules } of places) {
    const policy = rules.of(project) ?? general;
    if (POLICIES.indexOf(policy) > POLICIES.indexOf(strictest.policy)) strictest = { policy, origin };
  }
  return strictest;
}
