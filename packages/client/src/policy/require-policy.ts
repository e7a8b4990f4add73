import type { ProjectListing } from "@countermark/repository/verifying";
import { ClientError } from "../errors.ts";
import { demandOn, satisfies, type PolicyRules } from "./policy.ts";

const STANDING = {
  claimed: "is signed by its own developers",
  sealed: "is sealed by the index's key holders, not signed by its own developers",
  "recently-claimed": "was claimed only recently: until the next ceremony only the index vouches for that claim",
  unclaimed: "has nobody but the index to vouch for it",
} as const;

/**
 * Refuses a project that is less protected than its installer demands. A project that does not exist is not refused: it is
 * verified that there is nothing to install.
 * @throws ClientError `POLICY_REFUSED`
 */
export function requirePolicy(
  { project, protection, exists }: Pick<ProjectListing, "project" | "protection" | "exists">,
  places: readonly PolicyRules[],
): void {
  const { policy, origin } = demandOn(project, places);
  if (!exists || satisfies(policy, protection)) return;
  throw new ClientError("POLICY_REFUSED", `${project} ${STANDING[protection]}, and "${policy}" is demanded of it`, {
    hint: `the demand stands in ${origin}; countermark why ${project} tells who vouches for it`,
  });
}
