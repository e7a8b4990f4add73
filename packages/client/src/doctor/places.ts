import type { Finding } from "./finding.ts";

/** Whether an installer reads a place from this machine's disk, past every door. */
export function isLocalPlace(place: string): boolean {
  return /^file:/i.test(place) || !/^[a-z][a-z0-9+.-]*:\/\//i.test(place);
}

/** Files of this machine that an installer takes as they are. */
export function localFiles(where: string, what: string): Finding {
  return {
    ...{ check: "local-files", reach: "run", where },
    what: `${what}: taken from this machine's disk, and nobody vouches for it`,
    fix: "take it out, or compare what lies there: `countermark lock verify` on a requirements.txt with hashes",
  };
}

/** A dependency that no index is asked for. */
export function elsewhere(where: string, name: string, place: string): Finding {
  return {
    ...{ check: "direct-url", reach: "agent", where },
    what: `${name} comes from ${place}, for which no index vouches`,
    fix: "depend on a release of the index; if it must come from there, pin its hash and allow the host: `countermark run --allow HOST`",
  };
}
