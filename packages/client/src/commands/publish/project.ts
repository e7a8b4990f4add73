import type { ProjectChange, ProjectDraft } from "@countermark/repository";
import type { PublicKey } from "@countermark/tuf";
import type { SigningOptions } from "../../account/key-source.ts";
import { ClientError } from "../../errors.ts";
import { askCode } from "../../prompt/questions.ts";
import { entriesOfOne } from "../../publish/entries-of-one.ts";
import {
  answerInvitation,
  formatInvitation,
  makeInvitation,
  parseInvitation,
  readAnswer,
} from "../../publish/invitation.ts";
import { presentProject, type SignedProject } from "../../publish/present-project.ts";
import { day } from "../../publish/in-words.ts";
import { openSession, type OpenIndex } from "../../session.ts";
import { print, say } from "../report.ts";
import { change, readProject } from "./publish.ts";
import { signedInAs } from "./signed-in.ts";

/** What a person or a machine may become in a project. */
export type Part = "owner" | "releaser";

export interface CodeOptions extends SigningOptions {
  /** Where the code is read from; the terminal if left out. */
  readonly codeFd?: number;
}

/** Prints a code for a newcomer. The index learns nothing of it; whoever has the code is taken for the newcomer. */
export async function invite(name: string, options: SigningOptions): Promise<number> {
  const project = readProject(name);
  const session = await openSession(options.index);
  try {
    const { repository } = await session.open(project);
    print(formatInvitation(makeInvitation(project, repository.id)));
    say("countermark: hand this code to the newcomer by a way of your own, and keep it until they are in");
    say(`\nhint: they run countermark project join; then you run countermark project accept ${project}`);
    return 0;
  } finally {
    await session.close();
  }
}

/** Answers an invitation with the keys of this account. */
export async function join(options: CodeOptions): Promise<number> {
  const invitation = parseInvitation(await askCode(options.codeFd));
  const { project } = invitation;
  return await signedInAs(options, `to join ${project}`, project, async ({ api, at, account, identity }) => {
    await answerInvitation(api, at.repository, invitation, account.name, identity);
    say(
      `countermark: ${account.name} has answered; the owner of ${project} lets you in with countermark project accept`,
    );
    return 0;
  });
}

/** Lets whoever answered an invitation in, as a releaser or an owner, too. */
export async function accept(name: string, options: CodeOptions & { readonly as?: Part }): Promise<number> {
  const project = readProject(name);
  const invitation = parseInvitation(await askCode(options.codeFd));
  if (invitation.project !== project)
    throw new ClientError("INVITATION", `the code is for ${invitation.project}, not for ${project}`);
  return await signedInAs(options, `to see who answered for ${project}`, project, async (who) => {
    const { account, release } = await readAnswer(who.api, who.at.repository, invitation);
    const newKey = { key: release, person: account };
    const part = options.as ?? "releaser";
    const purpose = `to let ${account} in as ${part} of ${project}`;
    const changes = { addReleasers: [newKey], ...(part === "owner" && { addOwners: [newKey] }) };
    return await change({ project, wanted: { project: changes }, files: [], options, purpose, signedIn: who });
  });
}

/** What `project owners` and `project releasers` were asked for. */
export interface KeysOptions extends SigningOptions {
  /** Beginnings of identities of keys, or labels of persons. */
  readonly remove?: readonly string[];
  readonly threshold?: number;
  readonly json?: boolean;
}

/** Lists a project's owners or releasers, removes some, or sets how many must sign. */
export async function keys(part: Part, name: string, options: KeysOptions): Promise<number> {
  const project = readProject(name);
  const { remove = [], threshold } = options;
  const { signed, alone } = await look(project, part, options);
  if (remove.length === 0 && threshold === undefined) return list(part, signed.draft, options.json === true);
  const gone = remove.flatMap((text) => meantBy(text, part, signed.draft)).map(({ keyId }) => keyId);
  const changes: ProjectChange =
    part === "owner"
      ? { removeOwners: gone, ...(threshold !== undefined && { ownersThreshold: threshold }) }
      : { removeReleasers: gone, ...(threshold !== undefined && { releaseThreshold: threshold }) };
  const notes = alone.map((filename) => `  ${filename} came in by their signature alone: is it what you expect?`);
  return await changeKeys(project, options, `to change the ${part}s of ${project}`, changes, notes);
}

/** Signs a project's next `p.` and, in the same transaction, its list anew. */
export async function changeKeys(
  project: string,
  options: SigningOptions,
  purpose: string,
  changes: ProjectChange,
  notes: readonly string[] = [],
): Promise<number> {
  return await change({ project, wanted: { project: changes }, files: [], options, purpose, notes });
}

async function look(
  project: string,
  part: Part,
  options: KeysOptions,
): Promise<{ signed: SignedProject; alone: readonly string[] }> {
  const session = await openSession(options.index);
  try {
    const at = await session.open(project);
    const signed = await signedProject(at, project);
    const gone = (options.remove ?? []).flatMap((text) => meantBy(text, part, signed.draft));
    if (part === "owner" || gone.length === 0) return { signed, alone: [] };
    return { signed, alone: await entriesOfOne(at, project, signed, new Set(gone.map(({ identity }) => identity))) };
  } finally {
    await session.close();
  }
}

/** Throws ClientError `PROJECT_STANDING` where nobody signs for the project. */
export async function signedProject({ index }: OpenIndex, project: string): Promise<SignedProject> {
  const { signed } = await presentProject(index, project);
  if (signed !== undefined) return signed;
  throw new ClientError("PROJECT_STANDING", `nobody signs for ${project} yet`, {
    hint: "publish its first files, or claim it if it is there already",
  });
}

function keySet(part: Part, { owners, releasers }: ProjectDraft) {
  return part === "owner" ? owners : (releasers ?? { keys: [], threshold: 1 });
}

function meantBy(text: string, part: Part, draft: ProjectDraft): readonly PublicKey[] {
  const meant = keySet(part, draft).keys.filter(
    ({ identity, keyId }) => draft.persons.get(keyId) === text || (text.length >= 8 && identity.startsWith(text)),
  );
  if (meant.length > 0) return meant;
  throw new ClientError("KEY_MISSING", `${draft.project} has no ${part} ${text}`, {
    hint: `countermark project ${part}s ${draft.project} lists them: name a person, or 8 digits of a key`,
  });
}

function list(part: Part, draft: ProjectDraft, json: boolean): number {
  const { keys: present, threshold } = keySet(part, draft);
  const rows = present.map(({ identity, keyId }) => ({
    key: identity,
    person: draft.persons.get(keyId),
    ciUntil: draft.ciKeys.get(keyId),
  }));
  if (json) print(JSON.stringify({ project: draft.project, threshold, keys: rows }));
  else {
    print(`${threshold} of these ${part}s must sign`);
    for (const { key, person = "", ciUntil } of rows) {
      print(`${key}  ${person}${ciUntil === undefined ? "" : `  (CI, until ${day(ciUntil)})`}`.trimEnd());
    }
  }
  return 0;
}
