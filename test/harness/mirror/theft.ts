import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  isOfflineRole,
  metadataFilename,
  projectHash,
  projectRole,
  releaseRole,
  targetPath,
} from "@countermark/repository";
import { canonicalise, ed25519Signer, parseJson, readTargets, type Targets } from "@countermark/tuf";
import { sha256, type Distribution } from "../distributions/distributions.ts";
import { fetchRole, type Folders } from "../index-server.ts";
import { addFile, allOf } from "./attacks.ts";
import type { Attack } from "./mirror.ts";

interface Entry {
  version: number;
  length?: number;
  hashes?: Record<string, string>;
}

interface Signed {
  version: number;
  meta?: Record<string, Entry>;
  targets?: Record<string, unknown>;
  delegations?: { keys: Record<string, unknown>; roles: { name: string }[] };
}

interface Role {
  signed: Signed;
  signatures: { keyid: string; sig: string }[];
}

/**
 * The index is stolen whole, with every online key that lies in its data folder, and used to forge a release: the project's
 * claim, if it is a recent one, is left out; the forged file is listed as any unclaimed one is; snapshot and timestamp are
 * signed anew. All signatures are genuine. What is signed offline or by developers stays as it is: those keys were not there.
 */
export async function stealAndForge(
  url: string,
  { data }: Pick<Folders, "data">,
  releases: readonly Forgery[],
): Promise<Attack> {
  const thief = new Thief(url, data);
  await thief.forge(releases);
  const forged: Attack = async (request, upstream) => {
    const bytes = thief.files.get(request.path);
    return bytes === undefined ? upstream(request) : { status: 200, type: "application/json", body: bytes };
  };
  return allOf(...releases.map(({ name, version, file }) => addFile(name, version, file)), forged);
}

/** A release that is to be forged; each of another shard. */
export interface Forgery {
  readonly name: string;
  readonly version: string;
  readonly file: Distribution;
  /** The thief has keys of people, too: then the project stays theirs, and its own list is forged. */
  readonly people?: People;
}

/** What a thief shows of a project whose people's keys they have in part. */
export interface People {
  /** Signs a list as whose key was stolen with the index. */
  readonly sign: (r: Targets) => Promise<Uint8Array>;
  /** An older `p.`, in which those people still stand; the present one if left out. */
  readonly p?: number;
  /** Forgets what status says of keys that were let go. */
  readonly forgetWithdrawals?: true;
  /** Shows all offline roles as of so many ceremonies ago. */
  readonly ceremoniesAgo?: number;
}

/** Of thefts of people's keys each is newer than the one before: who has seen that one looks at this one, too. */
let thefts = 0;

class Thief {
  readonly files = new Map<string, Buffer>();
  readonly #url: string;
  readonly #data: string;

  constructor(url: string, data: string) {
    this.#url = url;
    this.#data = data;
  }

  async forge(releases: readonly Forgery[]): Promise<void> {
    const timestamp = await this.#role("timestamp.json");
    const snapshot = await this.#role(`${timestamp.signed.meta?.["snapshot.json"]?.version ?? 0}.snapshot.json`);
    const meta = snapshot.signed.meta ?? {};
    for (const { name, file, people } of releases) {
      if (people !== undefined) {
        await this.#forgeList(meta, name, file, people);
        continue;
      }
      const shard = projectHash(name).slice(0, digitsOf(meta));
      await this.#change(meta, `unclaimed.${shard}`, (role) => withFile(role, name, file));
      await this.#change(meta, `recently-claimed.${shard}`, (role) => forgetClaim(role, name));
    }
    const ahead = releases.some(({ people }) => people !== undefined) ? (thefts += 1) : 1;
    const next = await this.#sign("snapshot", { ...snapshot.signed, version: snapshot.signed.version + ahead, meta });
    await this.#sign("timestamp", {
      ...timestamp.signed,
      version: timestamp.signed.version + ahead,
      meta: { "snapshot.json": next },
    });
  }

  async #forgeList(meta: Record<string, Entry>, project: string, file: Distribution, people: People): Promise<void> {
    const [p, r] = [`${projectRole(project)}.json`, `${releaseRole(project)}.json`];
    const version = meta[r]?.version ?? 0;
    const list = JSON.parse((await fetchRole(this.#url, `${version}.${r}`)).toString()) as Role;
    list.signed = { ...withFile(list.signed, project, file), version: version + 1 };
    const { signed } = readTargets(Buffer.from(JSON.stringify({ ...list, signatures: [] })));
    const bytes = Buffer.from(await people.sign(signed));
    this.files.set(`/tuf/${version + 1}.${r}`, bytes);
    meta[r] = { version: version + 1, length: bytes.length };
    if (people.p !== undefined) {
      const older = await fetchRole(this.#url, `${people.p}.${p}`);
      meta[p] = { version: people.p, length: older.length };
    }
    if (people.forgetWithdrawals === true) {
      const shard = projectHash(project).slice(0, digitsOf(meta));
      await this.#change(meta, `status.${shard}`, (role) => ({ ...role, "x-countermark-withdrawn": {} }));
    }
    for (const name of Object.keys(meta)) {
      const role = name.slice(0, -".json".length);
      if (!isOfflineRole(role) || people.ceremoniesAgo === undefined) continue;
      const shown = (meta[name]?.version ?? 0) - people.ceremoniesAgo;
      const old = await fetchRole(this.#url, `${shown}.${name}`);
      meta[name] = { version: shown, length: old.length, hashes: { sha256: sha256(old) } };
    }
  }

  async #change(meta: Record<string, Entry>, name: string, change: (role: Signed) => Signed): Promise<void> {
    const { signed } = await this.#role(`${meta[`${name}.json`]?.version ?? 0}.${name}.json`);
    meta[`${name}.json`] = await this.#sign(name, { ...change(signed), version: signed.version + 1 });
  }

  async #role(file: string): Promise<Role> {
    return JSON.parse((await fetchRole(this.#url, file)).toString()) as Role;
  }

  async #sign(name: string, signed: Signed): Promise<Entry> {
    const key = JSON.parse(readFileSync(join(this.#data, "keys", `${name.split(".")[0] ?? ""}.json`), "utf8")) as {
      seed: string;
    };
    const signer = ed25519Signer(Buffer.from(key.seed, "hex"));
    const message = canonicalise(parseJson(Buffer.from(JSON.stringify(signed))));
    const sig = Buffer.from(await signer.sign(message)).toString("hex");
    const role = { signatures: [{ keyid: signer.publicKey.keyId, sig }], signed };
    const bytes = Buffer.from(canonicalise(parseJson(Buffer.from(JSON.stringify(role)))));
    this.files.set(`/tuf/${metadataFilename(name, signed.version)}`, bytes);
    return { version: signed.version, length: bytes.length, hashes: { sha256: sha256(bytes) } };
  }
}

function digitsOf(meta: Record<string, Entry>): number {
  const shard = Object.keys(meta).find((name) => name.startsWith("unclaimed.") && name !== "unclaimed.json");
  return (shard?.split(".")[1] ?? "").length;
}

function withFile(role: Signed, project: string, file: Distribution): Signed {
  const custom = { "upload-time": "2026-01-01T00:00:00Z" };
  const entry = { length: file.bytes.length, hashes: { sha256: sha256(file.bytes) }, custom };
  return { ...role, targets: { ...role.targets, [targetPath(project, file.filename)]: entry } };
}

function forgetClaim({ delegations, ...role }: Signed, project: string): Signed {
  const roles = delegations?.roles.filter(({ name }) => name !== projectRole(project)) ?? [];
  return delegations === undefined || roles.length === 0 ? role : { ...role, delegations: { ...delegations, roles } };
}
