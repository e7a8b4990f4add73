import { canonicalise, generateEd25519, parseJson, type Signer } from "@countermark/tuf";
import { sha256 } from "../harness/distributions/distributions.ts";
import { fetchRole } from "../harness/index-server.ts";
import type { Answer, Attack, Upstream } from "../harness/mirror/mirror.ts";

interface FileEntry {
  version: number;
  length?: number;
  hashes?: Record<string, string>;
}

interface RoleFile {
  signatures: { keyid: string; sig: string }[];
  signed: { version: number; meta?: Record<string, FileEntry> };
}

interface Forged {
  readonly role: RoleFile;
  readonly bytes: Buffer;
}

/** Takes the signatures off every role whose path matches. */
export function withoutSignatures(path: RegExp): Attack {
  return async (request, upstream) => {
    const answer = await upstream(request);
    if (!path.test(request.path)) return answer;
    const role = JSON.parse(answer.body.toString()) as RoleFile;
    return { ...answer, body: Buffer.from(JSON.stringify({ ...role, signatures: [] })) };
  };
}

/**
 * Signs bins, snapshot and timestamp anew with keys of the attacker's under the genuine key ids, with hashes and lengths
 * that fit whatever the attacks before it made of the bins.
 */
export async function forgeChain(index: string): Promise<Attack> {
  const { signer } = generateEd25519();
  const timestamp = parse(await fetchRole(index, "timestamp.json"));
  const snapshotPath = `/tuf/${timestamp.signed.meta?.["snapshot.json"]?.version ?? 0}.snapshot.json`;
  return async (request, upstream) => {
    const { path } = request;
    if (/\.unclaimed\.[0-9a-f]+\.json$/.test(path)) return answerOf(await forgedBin(path, upstream, signer));
    if (path === snapshotPath) return answerOf(await forgedSnapshot(path, upstream, signer));
    if (path !== "/tuf/timestamp.json") return upstream(request);
    const snapshot = await forgedSnapshot(snapshotPath, upstream, signer);
    const entry = { version: snapshot.role.signed.version, ...describe(snapshot.bytes) };
    return answerOf(await sign({ ...timestamp.signed, meta: { "snapshot.json": entry } }, timestamp, signer));
  };
}

async function forgedBin(path: string, upstream: Upstream, signer: Signer): Promise<Forged> {
  const role = parse((await upstream({ path, accept: "*/*" })).body);
  return sign(role.signed, role, signer);
}

async function forgedSnapshot(path: string, upstream: Upstream, signer: Signer): Promise<Forged> {
  const role = parse((await upstream({ path, accept: "*/*" })).body);
  const meta = { ...role.signed.meta };
  for (const [name, entry] of Object.entries(meta)) {
    if (!/^unclaimed\.[0-9a-f]+\.json$/.test(name)) continue;
    const bin = await forgedBin(`/tuf/${entry.version}.${name}`, upstream, signer);
    meta[name] = { version: entry.version, ...describe(bin.bytes) };
  }
  return sign({ ...role.signed, meta }, role, signer);
}

async function sign(signed: RoleFile["signed"], genuine: RoleFile, signer: Signer): Promise<Forged> {
  const message = canonicalise(parseJson(Buffer.from(JSON.stringify(signed))));
  const sig = Buffer.from(await signer.sign(message)).toString("hex");
  const role = { signatures: genuine.signatures.map(({ keyid }) => ({ keyid, sig })), signed };
  return { role, bytes: Buffer.from(canonicalise(parseJson(Buffer.from(JSON.stringify(role))))) };
}

function describe(bytes: Buffer): { length: number; hashes: Record<string, string> } {
  return { length: bytes.length, hashes: { sha256: sha256(bytes) } };
}

function parse(bytes: Buffer): RoleFile {
  return JSON.parse(bytes.toString()) as RoleFile;
}

function answerOf({ bytes }: Forged): Answer {
  return { status: 200, type: "application/json", body: bytes };
}
