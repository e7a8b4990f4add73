import type { ProposedClaim } from "./bundle.ts";
import type { SeenProject } from "./state-lines.ts";
import type { VerifiedClaim } from "./verify-claim.ts";

/** Periods that a claim of a project without earlier files stands unchanged before it is promoted (TRUST.md 5). */
const PERIODS_OF_NEW = 1;
/** Ceremonies during which a claim of a project that had files can be contested. */
const PERIODS_OF_TAKEN_OVER = 2;

/** A ceremony may be a little early: of each period so much must have gone by. */
const PART_OF_PERIOD = 0.9;

/** When a ceremony is held. */
export interface Moment {
  readonly ceremony: number;
  /** Milliseconds since the epoch. */
  readonly proposed: number;
  /** Milliseconds from one ceremony to the next. */
  readonly period: number;
}

/** What a ceremony does with a claim, and by which rule. */
export interface Decision {
  readonly project: string;
  readonly action: "promote" | "update" | "wait" | "keep";
  /** In words, one line without a full stop. */
  readonly rule: string;
  /** The reason that a holder gave for doing it against the rule. */
  readonly override?: string;
  /** The number of the ceremony at which these owners were first seen. */
  readonly since: number;
  /** When that was, in milliseconds since the epoch. */
  readonly seenAt: number;
  readonly hadFiles: boolean;
  /** The higher, the closer somebody should look: 0 by rule, 1 other owners, 2 against the rule. */
  readonly risk: 0 | 1 | 2;
  /** It let somebody go, whom only the index keeps from counting until this ceremony is published (TRUST.md 3). */
  readonly urgent?: true;
}

/**
 * Judges one claim from the holder's own memory alone: what the index says of a claim's age is worth nothing.
 * Two ceremonies on one day are no period.
 */
export function judgeClaim(
  { standing }: Pick<ProposedClaim, "standing">,
  claim: VerifiedClaim,
  before: SeenProject | undefined,
  { ceremony, proposed, period }: Moment,
  override?: string,
): Decision {
  const { project } = claim;
  const hadFiles = claim.adopts || (before !== undefined && (before.standing === "unclaimed" || before.hadFiles));
  const sameOwners = before !== undefined && before.standing !== "unclaimed" && before.owners === claim.owners;
  const since = sameOwners ? before.since : ceremony;
  const seenAt = sameOwners ? before.seenAt : Math.floor(proposed / 1000) * 1000;
  const about = { project, since, seenAt, hadFiles };
  if (before?.standing === "claimed") {
    const urgent = claim.left ? ({ urgent: true } as const) : {};
    if (sameOwners) return { ...about, ...urgent, action: "update", rule: "the same owners as before", risk: 0 };
    return {
      ...about,
      ...urgent,
      action: "update",
      rule: "other owners, and all of those before have signed it",
      risk: 1,
    };
  }
  const periods = hadFiles ? PERIODS_OF_TAKEN_OVER : PERIODS_OF_NEW;
  const what = hadFiles ? "it had files before" : "it never had files before";
  if (standing === "claimed")
    return { ...about, action: "wait", rule: "claimed without a ceremony that is remembered", risk: 2 };
  const gone = Math.min(ceremony - since, Math.floor((proposed - seenAt) / (period * PART_OF_PERIOD)));
  if (gone >= periods) {
    const age = `unchanged for ${gone} of ${periods} periods`;
    return { ...about, action: "promote", rule: `${what}, and its owners are ${age}`, risk: hadFiles ? 1 : 0 };
  }
  const missing = `${what}: its owners must stay the same for ${periods} period${periods === 1 ? "" : "s"}, and did for ${gone}`;
  if (override === undefined) return { ...about, action: "wait", rule: missing, risk: 0 };
  return { ...about, action: "promote", rule: missing, override, risk: 2 };
}
