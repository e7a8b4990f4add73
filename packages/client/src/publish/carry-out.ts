import type { DescribedChange } from "@countermark/repository";
import { chooseAccount, remember } from "../account/account-book.ts";
import type { IndexApi } from "../account/index-api.ts";
import { openApi } from "../account/open-api.ts";
import type { SigningOptions } from "../account/key-source.ts";
import { openCiKey } from "../account/open-ci-key.ts";
import { openIdentity } from "../account/open-identity.ts";
import { signedIn, signIn, type SignedIn } from "../account/sign-in.ts";
import { askForYes } from "../prompt/questions.ts";
import type { OpenIndex } from "../session.ts";
import { planChange, type PlannedChange, type WantedChange } from "./change.ts";
import { changeInWords } from "./in-words.ts";
import type { PreparedFile } from "./prepared-file.ts";
import { presentProject } from "./present-project.ts";
import { publishChange, waitUntilSeen, type Progress, type Published } from "./transaction.ts";

/** One change of one project, from being asked for to being seen. */
export interface ChangeRequest {
  readonly project: string;
  readonly wanted: WantedChange;
  /** The files that the change adds. */
  readonly files: readonly PreparedFile[];
  readonly options: SigningOptions;
  /** What the prompt asks for, such as "to release demo 1.0"; where that depends on what stands, from what is signed. */
  readonly purpose: string | ((described: DescribedChange) => string);
  /**
   * Who is signed in already, where the command had to look at something first: their passphrase is not asked for twice, and a
   * descriptor that gave it is closed. A yes is the consent then.
   */
  readonly signedIn?: Pick<SignedIn, "account" | "identity">;
  /** More lines for the person to see before they agree. */
  readonly notes?: readonly string[];
}

/** What a person is asked, and how. */
interface Asked extends Pick<ChangeRequest, "options"> {
  readonly purpose: string;
}

/** Where words go. */
export interface Audience {
  say(line: string): void;
  readonly progress: Progress;
}

/**
 * Shows what is to be signed, asks, signs, sends one transaction, and waits until this machine's verifier sees it.
 * @param at the index that the project belongs to
 * @returns `undefined` where everything stands already and nothing had to be signed
 */
export async function carryOut(
  at: OpenIndex,
  request: ChangeRequest,
  audience: Audience,
): Promise<Published | undefined> {
  const { wanted, files, project } = request;
  const planned = planChange(await presentProject(at.index, project), wanted);
  for (const line of [...changeInWords(planned.described, planned.present, files), ...(request.notes ?? [])]) {
    audience.say(line);
  }
  if (!changesAnything(planned)) {
    audience.say(`${project}: everything stands as you want it; nothing was signed`);
    return undefined;
  }
  const api = openApi(at);
  try {
    const { purpose } = request;
    const asked = typeof purpose === "string" ? purpose : purpose(planned.described);
    using agreed = await agree(at, api, { ...request, purpose: asked });
    const { account, identity } = agreed;
    const ports = { ...at, api, identity, account: account.name, progress: audience.progress };
    const needed = files.filter(({ filename }) => planned.described.added.some((file) => file.filename === filename));
    const published = await publishChange(ports, planned, wanted, needed);
    remember(at.store, at.repository.id, account, identity);
    if (published.outcome.outcome === "published" && published.outcome.r !== undefined) {
      await waitUntilSeen(at, project, published.outcome.r);
    }
    return published;
  } finally {
    await api.close();
  }
}

/** The prompt is the consent: what comes before it was shown, what comes after it is carried out. */
export async function agree(
  at: OpenIndex,
  api: IndexApi,
  request: Asked & Pick<ChangeRequest, "signedIn">,
): Promise<SignedIn> {
  const agreed =
    request.signedIn === undefined
      ? ((await openCiKey(request.options)) ?? (await askPerson(at, api, request)))
      : await askAgain(request.signedIn, request);
  try {
    await signIn(api, at.repository, agreed.account, agreed.identity);
    return agreed;
  } catch (error) {
    agreed.identity.close();
    throw error;
  }
}

/** As `openIdentity` does: whoever gives the passphrase by a descriptor has agreed beforehand. */
async function askAgain(
  { account, identity }: Pick<SignedIn, "account" | "identity">,
  { options, purpose }: Asked,
): Promise<SignedIn> {
  if (options.yes !== true && options.passphraseFd === undefined) await askForYes(`${account.name}, ${purpose}: sign?`);
  return signedIn(account, identity);
}

async function askPerson(
  { repository, store }: OpenIndex,
  api: IndexApi,
  { options, purpose }: Asked,
): Promise<SignedIn> {
  const account = await chooseAccount(store, repository, options, api);
  const identity = await openIdentity({
    account: { repository: repository.id, account: account.name },
    generation: account.generation,
    source: account.source,
    options,
    title: `Passphrase of ${account.name}, ${purpose}`,
  });
  return signedIn(account, identity);
}

/** Whether there is anything to sign: a repeated command finds its work done. */
export function changesAnything({ described, draft, present }: PlannedChange): boolean {
  if (present.signed === undefined) return true;
  const { added, removed, yanked, unyanked, adopted } = described;
  return (
    draft !== undefined ||
    described.status !== undefined ||
    [added, removed, yanked, unyanked, adopted].some((files) => files.length > 0)
  );
}
