import { readTargets } from "@countermark/tuf";
import { keysThatLeft } from "../../claimed/left-keys.ts";
import { readProjectRole, type ProjectDraft } from "../../claimed/project-draft.ts";
import type { ProposedClaim } from "./bundle.ts";

/**
 * Whether somebody was let go in a chain of `p.`: whoever named an owner or releaser before, and not at its end. Until a
 * ceremony records that, the index alone keeps their key from counting (TRUST.md 3).
 */
export function hasLeft(chain: readonly ProjectDraft[]): boolean {
  const last = chain.at(-1);
  return last !== undefined && chain.some((draft) => keysThatLeft(draft, last).length > 0);
}

/** Claimed projects among the proposed ones that let somebody go, as the index reads them: for the operator's eyes. */
export function urgentClaims(claims: readonly ProposedClaim[]): readonly string[] {
  const nobody = { keys: [], threshold: 1 };
  return claims
    .filter(({ standing }) => standing === "claimed")
    .filter(({ project, p }) => hasLeft(p.map((bytes) => readProjectRole(project, readTargets(bytes).signed, nobody))))
    .map(({ project }) => project);
}
