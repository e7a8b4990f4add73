import { html } from "hono/html";
import { readLayout, RepositoryError } from "@countermark/repository";
import { readRoot, readTargets, TufError, type PublicKey, type RoleKeys } from "@countermark/tuf";
import { ServerError } from "../errors.ts";
import { expiriesByDuty } from "../health/expiry.ts";
import type { Door } from "../http/door.ts";
import type { Clock } from "../clock.ts";
import type { PublishedCache } from "../http/published.ts";
import type { IndexSettings, IndexStore } from "../storage/index-store.ts";
import { makePage, sendPage, type Fragment } from "./document.ts";

/** What each role is for, in the order in which trust flows (TRUST.md 2). */
const DUTIES: readonly { readonly duty: string; readonly means: string }[] = [
  { duty: "root", means: "says whose keys count for everything below" },
  { duty: "targets", means: "says how the index is divided, and who signs each part" },
  { duty: "claimed", means: "says who holds the keys of its shards" },
  { duty: "claimed-shards", means: "name the owners of projects whose developers sign" },
  { duty: "sealed", means: "says who holds the keys of its shards" },
  { duty: "sealed-shards", means: "name the projects that are frozen as they were" },
  { duty: "recently-claimed", means: "says who holds the keys of its shards" },
  { duty: "recently-claimed-shards", means: "name the owners of projects claimed since the last ceremony" },
  { duty: "unclaimed", means: "says who holds the keys of its shards" },
  { duty: "unclaimed-shards", means: "list the files of projects that nobody signs for" },
  { duty: "status", means: "says who holds the keys of its shards" },
  { duty: "status-shards", means: "withdraw: they can take away, and add nothing" },
  { duty: "snapshot", means: "says which version of each role is the present one" },
  { duty: "timestamp", means: "says which snapshot is the present one" },
];
/** Roles of `targets` that delegate to shards. */
const SHARDED = ["claimed", "sealed", "recently-claimed", "unclaimed", "status"];
/** Duties whose keys are on the index's machine, or behind a program that signs for it. */
const ONLINE = new Set([
  ...["status", "status-shards", "recently-claimed", "recently-claimed-shards"],
  ...["unclaimed-shards", "snapshot", "timestamp"],
]);

/** `/trust/`: what one trusts here, for people. It says what the signed roles say, and proves nothing by itself. */
export function addTrustPage(
  app: Door,
  { store, settings }: { readonly store: IndexStore; readonly settings: IndexSettings },
  cache: PublishedCache,
  clock: Clock,
): void {
  app.get("/trust/", async (call) => {
    const page = await cache.ofIndex("trust", async () =>
      makePage(`Trust in ${settings.name}`, content(settings, await readTrust(store, clock()))),
    );
    if (page === undefined) throw new Error("the page is always there");
    return sendPage(call, page);
  });
}

interface Signers {
  readonly keys: readonly PublicKey[];
  readonly threshold: number;
}

/** Who signs what, as the signed roles say. */
interface Trust {
  readonly ceremony: number;
  readonly signers: ReadonlyMap<string, Signers>;
  readonly expires: ReadonlyMap<string, number>;
}

async function readTrust(store: IndexStore, now: number): Promise<Trust> {
  const bytes = async (name: string): Promise<Uint8Array> => {
    const role = await store.role(name);
    if (role === undefined) throw new ServerError("DATA_DAMAGED", `the database has lost the role ${name}`);
    return role.bytes;
  };
  const signers = new Map<string, Signers>();
  const note = (duty: string, { keyIds, threshold }: RoleKeys, from: ReadonlyMap<string, PublicKey>): void => {
    signers.set(duty, { keys: keyIds.flatMap((id) => from.get(id) ?? []), threshold });
  };
  try {
    const root = readRoot(await bytes("root")).signed;
    for (const [role, keys] of root.roles) note(role, keys, root.keys);
    const targets = readTargets(await bytes("targets")).signed;
    for (const [name, keys] of targets.delegations?.roles ?? [])
      note(name, keys, targets.delegations?.keys ?? root.keys);
    for (const name of SHARDED) {
      const { delegations } = readTargets(await bytes(name)).signed;
      const [first] = delegations?.roles.values() ?? [];
      if (delegations !== undefined && first !== undefined) note(`${name}-shards`, first, delegations.keys);
    }
    const expires = expiriesByDuty(await store.roles(), now);
    return { ceremony: readLayout(targets).ceremony, signers, expires };
  } catch (error) {
    if (!(error instanceof TufError) && !(error instanceof RepositoryError)) throw error;
    throw new ServerError("DATA_DAMAGED", "the top-level roles cannot be read", { cause: error });
  }
}

function content({ name, repositoryId, publicUrl = "URL", createdAt }: IndexSettings, trust: Trust): Fragment {
  return html`<h1>Trust in ${name}</h1>
    <p>
      You trust this index by the fingerprint of its first root, made on ${day(createdAt)}. From it follows every key
      below, and from these every file.
    </p>
    <pre>${repositoryId}</pre>
    <p>
      Compare it with one that reached you by another way than this page: whoever could change this page could change it
      here as well. Then:
    </p>
    <pre>countermark trust ${publicUrl} --root ${repositoryId}</pre>
    <p>
      From then on <code>countermark run -- pip install NAME</code> checks every file, and
      <code>countermark why NAME</code> says on whose word it rests. Offline keys are used at ceremonies only, of which
      the latest was number ${trust.ceremony}. Who breaks into this machine gets the online keys: with them files can be
      added to projects that nobody signs for, and nothing can be added to claimed and sealed ones.
    </p>
    <ul>
      ${DUTIES.map(({ duty, means }) => roleLine(duty, means, trust))}
    </ul>
    <p>
      Projects' own roles are signed by their developers. Every role is under <a href="../tuf/timestamp.json">/tuf/</a>,
      for any TUF client. <a href="../">About this index</a>
    </p>`;
}

function roleLine(duty: string, means: string, { signers, expires }: Trust): Fragment {
  const { keys = [], threshold = 0 } = signers.get(duty) ?? {};
  const ends = expires.get(duty);
  const where = ONLINE.has(duty) ? "online" : "offline";
  const many = keys.length === 1 ? "one key" : `${threshold} of ${keys.length} keys`;
  return html`<li>
    <strong>${duty.replace(/-shards$/, ", shards")}</strong> ${means}. ${many} ${where}, signed until
    ${ends === undefined ? "unknown" : day(ends)}
    ${keys.map(({ keyId, scheme }) => html`<br /><code>${keyId}</code> ${scheme}`)}
  </li>`;
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
