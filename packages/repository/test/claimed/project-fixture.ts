import {
  changeFiles,
  changeProject,
  composeProjectRole,
  composeReleaseRole,
  filesIn,
  makeSharding,
  PROFILES,
  readOffer,
  soleProject,
  type FileList,
  type Offer,
  type ProjectDraft,
  type ReceivedBlob,
  type ReleaseFile,
  type Situation,
} from "@countermark/repository";
import { generateEd25519, readTargets, signMetadata, type Signer, type Targets } from "@countermark/tuf";

export const NOW = Date.parse("2026-05-12T10:00:00Z");
export const PROJECT = "flask";

/** A person, or a machine, with a key. */
export const someone = (): Signer => generateEd25519().signer;

export function file(filename: string, more: Partial<ReleaseFile> = {}): ReleaseFile {
  return { filename, sha256: "ab".repeat(32), length: 3, uploadTime: NOW, ...more };
}

export function list(...files: readonly ReleaseFile[]): FileList {
  return new Map(files.map((each) => [each.filename, each]));
}

/** What a server received of a file when all is well. */
export function receivedOf({ filename, sha256, length, requiresPython, coreMetadata }: ReleaseFile): ReceivedBlob {
  return {
    ...{ filename, sha256, length },
    ...(requiresPython !== undefined && { requiresPython }),
    ...(coreMetadata !== undefined && { coreMetadata }),
  };
}

/** A situation in which nobody owns the project. */
export function nobodys(more: Partial<Situation> = {}): Situation {
  return {
    project: PROJECT,
    standing: "none",
    sharding: makeSharding(16),
    lifetimes: PROFILES.default,
    now: NOW,
    delegated: undefined,
    held: undefined,
    p: undefined,
    r: undefined,
    unclaimed: new Map(),
    names: new Map(),
    withdrawn: new Map(),
    received: new Map(),
    ciProjectOf: () => undefined,
    requireAdmissible: () => undefined,
    ...more,
  };
}

export const term = (version: number, expires = NOW + PROFILES.default.developer) => ({ version, expires });

export const sign = async (role: Targets, ...signers: readonly Signer[]) =>
  readTargets(await signMetadata(role, signers));

/** A project that stands at p.1 and r.1 with one file, owned and released as the draft says. */
export async function standingProject(
  draft: ProjectDraft,
  signers: readonly Signer[],
  files: FileList = list(file("flask-1.0.tar.gz")),
  more: Partial<Situation> = {},
): Promise<Situation> {
  const p = await sign(composeProjectRole(draft, term(1)), ...signers);
  const r = await sign(composeReleaseRole(PROJECT, files, term(1)), ...signers);
  return nobodys({ standing: "recently-claimed", delegated: draft.owners, p, r, ...more });
}

/** The next roles as an honest client makes them; a test may change each before it is signed. */
export interface Step {
  readonly draft?: ProjectDraft;
  readonly add?: readonly ReleaseFile[];
  /** What is sent, where it is not what is added. */
  readonly sent?: readonly ReceivedBlob[];
  readonly p?: (role: Targets) => Targets;
  readonly r?: (role: Targets) => Targets;
  readonly ownersSign?: readonly Signer[];
  readonly releasersSign: readonly Signer[];
}

/** What is offered in a step, and the situation in which it is checked. */
export async function offerOf(situation: Situation, step: Step): Promise<{ offer: Offer; situation: Situation }> {
  const { draft, add = [], p = same, r = same, releasersSign, ownersSign = releasersSign } = step;
  const before = situation.r === undefined ? situation.unclaimed : filesIn(situation.r.signed, PROJECT);
  const release = composeReleaseRole(PROJECT, changeFiles(before, { add }), term(versionOf(situation.r) + 1));
  const files = {
    r: await signMetadata(r(release), releasersSign),
    ...(draft !== undefined && {
      p: await signMetadata(p(composeProjectRole(draft, term(versionOf(situation.p) + 1))), ownersSign),
    }),
  };
  const received = new Map((step.sent ?? add.map(receivedOf)).map((blob) => [blob.filename, blob]));
  return { offer: readOffer(files), situation: { ...situation, received } };
}

function same(role: Targets): Targets {
  return role;
}

function versionOf(envelope: Situation["p"]): number {
  return envelope?.signed.version ?? 0;
}

/** Two owners and releasers, with thresholds. */
export function pair(one: Signer, other: Signer, owners: number, releases: number): ProjectDraft {
  const added = [{ key: other.publicKey, person: "Bob" }];
  return changeProject(soleProject(PROJECT, one.publicKey, "Ada"), {
    addOwners: added,
    addReleasers: added,
    ownersThreshold: owners,
    releaseThreshold: releases,
  });
}
