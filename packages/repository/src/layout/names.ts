/** Longest normalised project name, in characters. */
export const MAX_PROJECT_NAME = 128;

const NORMALISED = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Whether a project name is in the normalised form of PEP 503 and short enough for a path. */
export function isNormalisedName(name: string): boolean {
  return name.length <= MAX_PROJECT_NAME && NORMALISED.test(name);
}
