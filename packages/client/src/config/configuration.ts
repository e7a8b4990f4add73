import type { PolicyRules } from "../policy/policy.ts";
import { isObserving } from "../policy/observe.ts";
import { readProjectSettings, type ProjectSettings } from "./project-settings.ts";
import { readUserSettings, type UserSettings } from "./user-settings.ts";

/** All that holds for one command: the user's settings, and what the project it is started in adds to them. */
export interface Configuration {
  readonly user: UserSettings;
  readonly project?: ProjectSettings;
  /** Whether foreign hosts and projects below the policy are told of only. */
  readonly observing: boolean;
}

/**
 * Reads both settings files.
 * @param folder the user's config folder
 * @param now milliseconds since the epoch
 * @throws ClientError `CONFIG_INVALID`, `PROJECT_FORBIDDEN`
 */
export async function readConfiguration(folder: string, now: number): Promise<Configuration> {
  const user = await readUserSettings(folder);
  const project = await readProjectSettings({ except: user.path });
  return { user, ...(project !== undefined && { project }), observing: isObserving(user.observeUntil, now) };
}

/** The places that demand something of the projects of one index; the strictest counts. */
export function policiesFor({ user, project }: Configuration, indexUrl: string): readonly PolicyRules[] {
  const own = { ...user.policies, general: user.indexPolicies.get(indexUrl) ?? user.policies.general };
  return project === undefined ? [own] : [own, project.policies];
}
