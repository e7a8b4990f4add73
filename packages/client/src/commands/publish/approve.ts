import { readFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  apiPaths,
  decodeCommitOutcome,
  decodeStagedFiles,
  decodeWaiting,
  decodeWaitingList,
  describeChange,
  encodeCommitRequest,
  filesIn,
  readProjectRole,
  readWish,
  type StagedFile,
  type WaitingTransaction,
} from "@countermark/repository";
import type { Identity } from "@countermark/identity";
import { readTargets, type Envelope, type Targets } from "@countermark/tuf";
import type { SigningOptions } from "../../account/key-source.ts";
import { ClientError, systemCode } from "../../errors.ts";
import { askForYes } from "../../prompt/questions.ts";
import { printable } from "../../printable.ts";
import { changeInWords } from "../../publish/in-words.ts";
import { prepareFile, type PreparedFile } from "../../publish/prepared-file.ts";
import { presentProject, type PresentProject } from "../../publish/present-project.ts";
import { refusing } from "../../verify/refusal.ts";
import { say } from "../report.ts";
import { change, readProject, releaseFile } from "./publish.ts";
import { signedInAs, type SignedInAt } from "./signed-in.ts";

/** What `countermark approve` was asked for. */
export interface ApproveOptions extends SigningOptions {
  /** Digests that are known from elsewhere: what CI printed. */
  readonly sha256?: readonly string[];
  /** A folder with builds of one's own. */
  readonly from?: string;
  /** A transaction that waits for more signatures. */
  readonly transaction?: string;
  readonly yes?: boolean;
}

/**
 * Signs what others have prepared: files that a token alone left in staging, or a transaction that waits for more
 * signatures. A digest that comes from the index alone proves nothing about where the file comes from, and is said to.
 */
export async function approve(name: string, filenames: readonly string[], options: ApproveOptions): Promise<number> {
  const project = readProject(name);
  if (options.transaction !== undefined) return await coSign(project, options.transaction, options);
  const folder = await mkdtemp(join(tmpdir(), "countermark-staged-"));
  try {
    return await signedInAs(options, `to look at what is staged for ${project}`, project, async (who) => {
      const waiting = decodeWaitingList(await who.api.send({ method: "GET", path: apiPaths.transactions(project) }));
      for (const { id } of waiting)
        say(`countermark: transaction ${id} waits for signatures: approve it with --transaction ${id}`);
      return await release(who, project, await fetchStaged(who, project, filenames, folder), options);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function release(
  who: SignedInAt,
  project: string,
  files: readonly PreparedFile[],
  options: ApproveOptions,
): Promise<number> {
  if (files.length === 0) {
    say(`countermark: nothing is staged for ${project}`);
    return 0;
  }
  const notes = await vouchers(files, options);
  const add = files.map((file) => releaseFile(file, Date.now()));
  const purpose = `to release ${files.length} staged ${files.length === 1 ? "file" : "files"} of ${project}`;
  return await change({ project, wanted: { release: { add } }, files, options, purpose, notes, signedIn: who });
}

async function fetchStaged(
  { api }: SignedInAt,
  project: string,
  filenames: readonly string[],
  folder: string,
): Promise<readonly PreparedFile[]> {
  const staged = decodeStagedFiles(await api.send({ method: "GET", path: apiPaths.staged(project) }));
  const meant = filenames.length === 0 ? staged : filenames.map((filename) => stagedFile(staged, filename, project));
  const files: PreparedFile[] = [];
  for (const { filename, sha256, by } of meant) {
    const path = join(folder, filename);
    await writeFile(path, await api.send({ method: "GET", path: apiPaths.stagedFile(project, filename) }), {
      mode: 0o600,
    });
    const file = await prepareFile(path, filename);
    if (file.sha256 !== sha256) throw differs(filename, "the index says", sha256, file.sha256);
    say(`  staged by ${printable(by)}: ${filename}`);
    files.push({ ...file, inDist: true });
  }
  return files;
}

function stagedFile(staged: readonly StagedFile[], filename: string, project: string): StagedFile {
  const file = staged.find((each) => each.filename === filename);
  if (file !== undefined) return file;
  throw new ClientError("USAGE", `no file ${filename} is staged for ${project}`);
}

/** Where each digest is known from, besides the index. A file whose second source says otherwise is refused. */
async function vouchers(files: readonly PreparedFile[], options: ApproveOptions): Promise<readonly string[]> {
  const digests = new Set((options.sha256 ?? []).map((digest) => digest.replace(/^sha256:/, "").toLowerCase()));
  const notes: string[] = [];
  for (const file of files) {
    const own = options.from === undefined ? undefined : await ownDigest(options.from, file.filename);
    if (own !== undefined && own !== file.sha256)
      throw differs(file.filename, `${options.from ?? ""} holds`, own, file.sha256);
    if (own !== undefined) notes.push(`  ${file.filename}: the same as in ${options.from ?? ""}`);
    else if (digests.has(file.sha256)) notes.push(`  ${file.filename}: the digest that you gave`);
    else if (digests.size > 0) throw differs(file.filename, "you gave", [...digests].join(", "), file.sha256);
    else
      notes.push(
        `  ${file.filename}: you are trusting the index for these bytes (--sha256 or --from DIR would compare)`,
      );
  }
  return notes;
}

async function ownDigest(folder: string, filename: string): Promise<string | undefined> {
  try {
    await readFile(join(folder, filename), { flag: "r" });
  } catch (error) {
    if (systemCode(error) !== undefined) return undefined;
    throw error;
  }
  return (await prepareFile(join(folder, filename))).sha256;
}

function differs(filename: string, who: string, expected: string, found: string): ClientError {
  return new ClientError("DIST_DIFFERS", `${filename} is staged with sha256 ${found}; ${who} ${expected}`, {
    hint: "do not approve it: find out who uploaded it; nothing was signed",
  });
}

/** Adds a signature to roles that others have signed, once they are shown to be a change of what stands. */
async function coSign(project: string, id: string, options: ApproveOptions): Promise<number> {
  return await signedInAs(options, `to look at a change of ${project}`, project, async ({ api, at, identity }) => {
    const body = await api.send({ method: "GET", path: apiPaths.transaction(project, id) });
    const present = await presentProject(at.index, project);
    const proposed = readProposal(decodeWaiting(body), present);
    requireSameContent(present, proposed);
    for (const line of inWords(present, proposed)) say(line);
    if (options.yes !== true) await askForYes("Sign this, too?");
    const { p, r } = await addSignatures(identity, present, proposed);
    const request = encodeCommitRequest({ ...(p && { p }), ...(r && { r }) });
    const outcome = decodeCommitOutcome(
      await api.send({ method: "POST", path: apiPaths.commit(project, id), body: request }),
    );
    say(
      outcome.outcome === "published"
        ? `countermark: published (r.${project} ${outcome.r ?? 0})`
        : "countermark: signed; others must sign, too",
    );
    return 0;
  });
}

/** Signs the roles that are this person's to sign; the others go back as they came. Throws ClientError `PROJECT_ROLE`. */
async function addSignatures(
  identity: Identity,
  { project, signed }: PresentProject,
  { p, r }: Proposal,
): Promise<{ p?: Uint8Array; r?: Uint8Array }> {
  const own = identity.publicKeys.release.identity;
  const next = p && refusing(() => readProjectRole(project, p.signed, signed?.delegated ?? NOBODY));
  const deciding = [signed?.delegated, signed?.draft.owners, next?.owners];
  const mayDecide = deciding.some((set) => set?.keys.some((key) => key.identity === own));
  const mayRelease = (next ?? signed?.draft)?.releasers?.keys.some((key) => key.identity === own) === true;
  if (!mayDecide && !mayRelease) {
    throw new ClientError("PROJECT_ROLE", `the key ${own.slice(0, 12)} may sign nothing of ${project}`, {
      hint: `countermark project releasers ${project} says who may`,
    });
  }
  const sign = async (role: Envelope<Targets> | undefined, may: boolean) =>
    role && (may ? await identity.signRole(role.signed, role) : role.bytes);
  const [owners, release] = [await sign(p, mayDecide), await sign(r, mayRelease)];
  return { ...(owners && { p: owners }), ...(release && { r: release }) };
}

const NOBODY = { keys: [], threshold: 1 };

interface Proposal {
  readonly p?: Envelope<Targets>;
  readonly r?: Envelope<Targets>;
}

/** Versions must follow what stands: a proposal for another state is not what one would think it is. */
function readProposal({ p, r }: WaitingTransaction, { project, signed }: PresentProject): Proposal {
  const proposal = refusing(() => ({ ...(p && { p: readTargets(p) }), ...(r && { r: readTargets(r) }) }));
  const next = { p: (signed?.p.signed.version ?? 0) + 1, r: (signed?.r?.signed.version ?? 0) + 1 };
  const follows =
    (proposal.p === undefined || proposal.p.signed.version === next.p) &&
    (proposal.r === undefined || proposal.r.signed.version === next.r);
  if (follows && proposal.r !== undefined) return proposal;
  throw new ClientError("PROJECT_BUSY", `the change was made for another state of ${project} than the present one`, {
    hint: "whoever proposed it makes it anew; nothing was signed",
  });
}

/** A name stands for the same bytes for ever, also where an index that was broken into would let it be otherwise. */
function requireSameContent({ project, files }: PresentProject, { r }: Proposal): void {
  for (const { filename, sha256 } of refusing(() => filesIn(r?.signed, project)).values()) {
    const before = files.get(filename)?.sha256 ?? sha256;
    if (before !== sha256) {
      throw new ClientError("DIST_DIFFERS", `the change would put other content under the name ${filename}`, {
        hint: "do not approve it: whoever proposed it, or the index, is not to be trusted; nothing was signed",
      });
    }
  }
}

function inWords(present: PresentProject, { p, r }: Proposal): readonly string[] {
  const { project, signed, files } = present;
  const draft =
    p === undefined ? signed?.draft : refusing(() => readProjectRole(project, p.signed, signed?.delegated ?? NOBODY));
  const wish = r && refusing(() => readWish(r.signed, `r.${project}`));
  const described = describeChange(
    project,
    {
      files,
      ...(signed && { draft: signed.draft }),
      ...(signed?.r && { r: signed.r.signed.version }),
      ...(signed?.wish && { wish: signed.wish }),
    },
    { files: refusing(() => filesIn(r?.signed, project)), ...(draft && { draft }), ...(wish && { wish }) },
  );
  return changeInWords(described, present);
}
