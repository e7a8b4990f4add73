import { ClientError } from "../errors.ts";
import { destinationOf, formatDestination, isLoopback } from "../network/destination.ts";
import type { PinnedRepository } from "../verify/state/trust-store.ts";
import type { ProjectSettings } from "./project-settings.ts";

/** Environment variable with which a CI job confirms a project's index: the fingerprint of its first root. */
export const ROOT_VARIABLE = "COUNTERMARK_ROOT";

/** What is known when a project asks for an index. */
export interface ProjectIndexHints {
  readonly project: Pick<ProjectSettings, "path"> & Required<Pick<ProjectSettings, "index">>;
  readonly pinned: readonly PinnedRepository[];
  /** What would be used if the project asked for nothing. */
  readonly usual: PinnedRepository | undefined;
  /** Whether the user has confirmed this index for this project before. */
  readonly confirmed: (repository: PinnedRepository) => boolean;
  /** The fingerprint in the job's own settings, if any. */
  readonly jobsRoot: string | undefined;
}

/** An index that a project may be installed from, once it is pinned, or once a person has confirmed it. */
export interface ProjectIndexVerdict {
  readonly repository: PinnedRepository;
  readonly needs: "nothing" | "pinning" | "confirmation";
}

/**
 * Decides about the index that a project's own file asks for (TRUST.md 7). What the user would use anyway, has confirmed,
 * or names by fingerprint in a job's settings is used; another one needs a person, who is asked once; and a host whose index
 * is trusted never gets another root, whoever confirms.
 * @throws ClientError `PROJECT_REROOT`, `PROJECT_UNCONFIRMED`
 */
export function judgeProjectIndex({
  project,
  pinned,
  usual,
  confirmed,
  jobsRoot,
}: ProjectIndexHints): ProjectIndexVerdict {
  const { url, root } = project.index;
  const known = pinned.find((repository) => repository.url === url);
  if (known === undefined && pinned.some((repository) => placeOf(repository.url) === placeOf(url)))
    throw reroot(project.path, url);
  if (known !== undefined && root !== undefined && root !== known.id) throw reroot(project.path, url);
  if (known !== undefined && (known.id === usual?.id || confirmed(known))) {
    return { repository: known, needs: "nothing" };
  }
  const expected = known?.id ?? root;
  if (jobsRoot !== undefined) {
    if (expected !== undefined && expected !== jobsRoot) throw otherRoot(project.path, url);
    return { repository: { url, id: jobsRoot }, needs: known === undefined ? "pinning" : "nothing" };
  }
  if (expected === undefined) throw unconfirmed(project.path, url, "FINGERPRINT");
  return { repository: { url, id: expected }, needs: "confirmation" };
}

/** What a person who cannot be asked is told to do. */
export function unconfirmed(path: string, url: string, fingerprint: string): ClientError {
  return new ClientError("PROJECT_UNCONFIRMED", `${path} asks for ${url}, which nobody here has confirmed`, {
    hint: `run it once at a terminal, or set ${ROOT_VARIABLE}=${fingerprint} in the job's own settings, with a fingerprint that the index's operator told you`,
  });
}

/** The machine behind a URL; on loopback each port is one of its own. A port or a scheme makes no other machine. */
function placeOf(url: string): string {
  const place = destinationOf(new URL(url));
  return isLoopback(place.host) ? formatDestination(place) : place.host;
}

function reroot(path: string, url: string): ClientError {
  return new ClientError(
    "PROJECT_REROOT",
    `${path} asks for ${url} with another root or address than you trust there`,
    {
      hint: "a project cannot change what you trust: if the index really has moved, ask its operator, then countermark trust --forget the old one",
    },
  );
}

function otherRoot(path: string, url: string): ClientError {
  return new ClientError(
    "PROJECT_UNCONFIRMED",
    `${path} asks for ${url} with another root than ${ROOT_VARIABLE} says`,
    {
      hint: "either the file or the job's setting is wrong: compare both with what the index's operator publishes",
    },
  );
}
