import { addedByAlone, metadataUrl, projectRole, releaseRole, type SignedRelease } from "@countermark/repository";
import { readTargets, signingKeys, TufError, type Envelope, type Targets } from "@countermark/tuf";
import { limitsFor, MAX_TARGETS_BYTES } from "../verify/fetch/limits.ts";
import type { SessionPorts } from "../verify/verified-index.ts";
import type { SignedProject } from "./present-project.ts";

/** Versions of a role that are looked back at. */
const MAX_HISTORY = 50;

/**
 * Names of present files that came in by lists that only the given keys have signed: what to look at before their holder is
 * removed and the list is signed anew without them. Goes as far back as the index still shows: what it hides is missing
 * here, so that the answer is a hint and no proof.
 */
export async function entriesOfOne(
  ports: Pick<SessionPorts, "source">,
  project: string,
  { p, r }: SignedProject,
  identities: ReadonlySet<string>,
): Promise<readonly string[]> {
  const owners = await history(ports, projectRole(project), p);
  const releases = r === undefined ? [] : await history(ports, releaseRole(project), r);
  const signed = releases.flatMap((release): readonly SignedRelease[] => {
    const under = owners.findLast((each) => signersOf(release, each.signed, project) > 0);
    return under === undefined ? [] : [{ p: under.signed, r: release }];
  });
  return addedByAlone(project, signed, identities);
}

/** Oldest first; ends where the index has nothing, or something that is no such role. */
async function history(
  { source }: Pick<SessionPorts, "source">,
  role: string,
  present: Envelope<Targets>,
): Promise<readonly Envelope<Targets>[]> {
  const versions = [present];
  const last = present.signed.version;
  for (let version = last - 1; version >= 1 && last - version < MAX_HISTORY; version -= 1) {
    const bytes = await source.bytes(metadataUrl(role, version), { ...limitsFor(MAX_TARGETS_BYTES), gzip: true });
    const envelope = bytes === undefined ? undefined : readable(bytes);
    if (envelope?.signed.version !== version) break;
    versions.unshift(envelope);
  }
  return versions;
}

function readable(bytes: Uint8Array): Envelope<Targets> | undefined {
  try {
    return readTargets(bytes);
  } catch (error) {
    if (error instanceof TufError) return undefined;
    throw error;
  }
}

function signersOf(release: Envelope<Targets>, p: Targets, project: string): number {
  const keyIds = p.delegations?.roles.get(releaseRole(project))?.keyIds ?? [];
  return signingKeys(release, p.delegations?.keys ?? new Map(), keyIds).length;
}
