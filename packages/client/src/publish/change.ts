import {
  adopt,
  changeFiles,
  changeProject,
  composeProjectRole,
  composeReleaseRole,
  describeChange,
  PROFILES,
  RepositoryError,
  soleProject,
  type DescribedChange,
  type FileList,
  type ProjectChange,
  type ProjectDraft,
  type ProjectWish,
  type ReleaseChange,
  type ReleaseFile,
  withWish,
} from "@countermark/repository";
import type { PublicKey, Targets } from "@countermark/tuf";
import { ClientError } from "../errors.ts";
import type { PresentProject } from "./present-project.ts";

const SECOND = 1000;

/** What somebody wants of a project. It is applied to whatever stands at the time, so that it can be applied anew. */
export interface WantedChange {
  readonly release?: ReleaseChange;
  readonly project?: ProjectChange;
  /** What the releasers call the project (PEP 792); `active` takes back what they called it. */
  readonly status?: ProjectWish | "active";
  /** To take over files that are there without a signature. */
  readonly claim?: Claim;
}

/** How files that are there are taken over, by name. */
export interface Claim {
  /** What the person was shown and has compared: SHA-256 by name. Nothing else is taken over, whatever the index shows later. */
  readonly listed: ReadonlyMap<string, string>;
  readonly leaveOut: ReadonlySet<string>;
  /** Files that the signer built, too: these are vouched for, all others are marked as adopted. */
  readonly built: ReadonlySet<string>;
}

/** A change as it would stand. */
export interface PlannedChange {
  readonly present: PresentProject;
  readonly files: FileList;
  /** `undefined`: `p.` stays as it is. */
  readonly draft: ProjectDraft | undefined;
  readonly wish: ProjectWish | undefined;
  readonly described: DescribedChange;
}

/** Who signs the first roles of a project. */
export interface FirstOwner {
  readonly key: PublicKey;
  /** The account's name: the label of the person. */
  readonly person: string;
}

/**
 * Applies a change to what stands.
 * @param owner needed where the project has no roles yet; before the keys are opened it is not known, and the description
 *   speaks of the files alone
 * @throws ClientError `PROJECT_STANDING`, `PROJECT_BUSY`, `DIST_DIFFERS`, `USAGE`
 */
export function planChange(present: PresentProject, wanted: WantedChange, owner?: FirstOwner): PlannedChange {
  requireStanding(present, wanted);
  if (wanted.claim !== undefined) requireListed(present, wanted.claim);
  const { project, signed } = present;
  try {
    const before = wanted.claim === undefined ? present.files : takeOver(present.files, wanted.claim);
    const files = changeFiles(before, wanted.release ?? {});
    const draft = nextDraft(present, wanted.project, owner);
    const after = draft ?? signed?.draft;
    const wish = nextWish(present, wanted);
    const described = describeChange(project, beforeOf(present), {
      files,
      ...(wish !== undefined && { wish }),
      ...(after !== undefined && { draft: after }),
    });
    const same = signed !== undefined && described.owners === undefined && described.releasers === undefined;
    return { present, files, draft: same ? undefined : draft, wish, described };
  } catch (error) {
    if (!(error instanceof RepositoryError)) throw error;
    if (error.code === "TX_KEYS") {
      throw new ClientError("PROJECT_ROLE", error.message, {
        hint: `take keys out that nobody uses any more; nothing was signed`,
        cause: error,
      });
    }
    if (error.code !== "DRAFT") throw error;
    throw wanted.project === undefined
      ? new ClientError("DIST_DIFFERS", error.message, {
          hint: "a file name stands for the same bytes for ever: release a new version",
          cause: error,
        })
      : new ClientError("PROJECT_ROLE", error.message, {
          hint: `countermark project invite ${project} lets people in; lower the threshold before you take them out`,
          cause: error,
        });
  }
}

/** The roles that are to be signed, each one version above what stands. */
export function rolesOf({ present, files, draft, wish }: PlannedChange, now: number): { p?: Targets; r: Targets } {
  const { project, signed } = present;
  const expires = Math.floor((now + PROFILES.default.developer) / SECOND) * SECOND;
  const [p, r] = [signed?.p.signed.version ?? 0, signed?.r?.signed.version ?? 0];
  const release = composeReleaseRole(
    project,
    files,
    { version: r + 1, expires },
    withWish(signed?.r?.signed.unknown ?? new Map(), wish),
  );
  if (draft === undefined) return { r: release };
  return { p: composeProjectRole(draft, { version: p + 1, expires }), r: release };
}

/** Nobody signs for these files but the index: one that it slips in after the person has looked would bear their name. */
function requireListed({ project, files }: PresentProject, { listed }: Claim): void {
  const same = files.size === listed.size && [...files].every(([name, { sha256 }]) => listed.get(name) === sha256);
  if (same) return;
  throw new ClientError("PROJECT_BUSY", `the files of ${project} are others than those you were shown`, {
    hint: "look at them and run the command again; nothing was signed",
  });
}

function takeOver(files: FileList, { leaveOut, built }: Claim): FileList {
  const taken = [...adopt(files, leaveOut)].map(([filename, { adopted, ...file }]): [string, ReleaseFile] => [
    filename,
    built.has(filename) || adopted === undefined ? file : { ...file, adopted },
  ]);
  return new Map(taken);
}

function beforeOf({ files, signed }: PresentProject): Parameters<typeof describeChange>[1] {
  const r = signed?.r?.signed.version;
  return {
    files,
    ...(signed !== undefined && { draft: signed.draft }),
    ...(r !== undefined && { r }),
    ...(signed?.wish !== undefined && { wish: signed.wish }),
  };
}

function nextWish({ signed }: PresentProject, { status }: WantedChange): ProjectWish | undefined {
  if (status === undefined) return signed?.wish;
  return status === "active" ? undefined : status;
}

function nextDraft(present: PresentProject, change: ProjectChange | undefined, owner: FirstOwner | undefined) {
  const { project, signed } = present;
  if (signed === undefined) {
    const first = owner && soleProject(project, owner.key, owner.person);
    return first && change ? changeProject(first, change) : first;
  }
  if (change !== undefined) return changeProject(signed.draft, change);
  // Without `r.` there is nothing that `p.` could stay beside.
  return undefined;
}

function requireStanding({ project, standing, signed }: PresentProject, { claim, status }: WantedChange): void {
  if (standing === "sealed") {
    throw new ClientError("PROJECT_STANDING", `${project} is sealed: its files were frozen as they were`, {
      hint: "the index's key holders can give it to you at a ceremony: ask them",
    });
  }
  if (standing === "unclaimed" && claim === undefined) {
    throw new ClientError("PROJECT_STANDING", `${project} is there already, and nobody signs for it yet`, {
      hint: `countermark claim ${project} shows its files and takes it over`,
    });
  }
  if (status !== undefined && signed === undefined) {
    throw new ClientError(
      "PROJECT_STANDING",
      `nobody signs for ${project} yet: nobody's word on it would be worth anything`,
      {
        hint: "publish or claim it first; the operator sets the status of projects that nobody signs for",
      },
    );
  }
  if (claim !== undefined && signed !== undefined) {
    throw new ClientError("PROJECT_STANDING", `${project} is claimed already`, {
      hint: `countermark why ${project} says by whom`,
    });
  }
}
