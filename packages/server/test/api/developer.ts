import { generateKeyPairSync } from "node:crypto";
import { identityOfKeyFile, peerOf, proveEnrolment, type Identity } from "@countermark/identity";
import { inspectDistribution, bytesSource } from "@countermark/packaging";
import * as wire from "@countermark/repository";
import {
  generateEd25519,
  readTargets,
  signMetadata,
  type PublicKey,
  type Signer,
  type Targets,
} from "@countermark/tuf";
import { createHash } from "node:crypto";
import type { Distribution } from "../../../../test/harness/distributions/distributions.ts";
import { NOW } from "../fixtures.ts";

/** An answer of the API. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** Someone with an account and keys of their own, who speaks to the API as a client does. */
export class Developer {
  readonly account: string;
  readonly identity: Identity;
  readonly #url: string;
  readonly #repository: string;
  readonly #now: () => number;
  session = "";

  /** `now`: the time by which roles and files are dated; that of the tests' clock unless told otherwise. */
  constructor(
    index: { readonly made: { readonly fingerprint: string } },
    url: string,
    account: string,
    now = (): number => NOW,
  ) {
    this.#now = now;
    this.account = account;
    this.#url = url;
    this.#repository = index.made.fingerprint;
    const { privateKey } = generateKeyPairSync("ed25519");
    const pem = privateKey.export({ format: "pem", type: "pkcs8" });
    this.identity = identityOfKeyFile(Buffer.from(pem), { repository: this.#repository, account });
  }

  get key(): PublicKey {
    return this.identity.publicKeys.release;
  }

  async ask(method: string, path: string, body?: Uint8Array, session = this.session): Promise<ApiAnswer> {
    const response = await fetch(this.#url + path, {
      method,
      headers: session === "" ? {} : { authorization: `Bearer ${session}` },
      ...(body !== undefined && { body: Buffer.from(body) }),
    });
    return { status: response.status, body: new Uint8Array(await response.arrayBuffer()) };
  }

  /** What a statement of this developer is bound to. */
  context(nonce: string, peer = peerOf(this.#url)) {
    return { repository: this.#repository, account: this.account, peer, nonce };
  }

  async nonce(): Promise<string> {
    const asked = wire.encodeChallengeRequest({ account: this.account });
    return wire.decodeChallenge((await this.ask("POST", wire.apiPaths.challenges, asked)).body).nonce;
  }

  async enrol(invitation?: string): Promise<ApiAnswer> {
    const nonce = await this.nonce();
    const proofs = await proveEnrolment(this.identity, this.context(nonce));
    const about = { account: this.account, generation: 1, nonce, ...(invitation !== undefined && { invitation }) };
    return this.ask("POST", wire.apiPaths.accounts, wire.encodeEnrolmentRequest({ ...about, ...proofs }));
  }

  /** The body of a log-in, to be sent once, or twice. */
  async loginBody(nonce: string, peer?: string): Promise<Uint8Array> {
    const { keyId, signature } = await this.identity.signStatement("login", this.context(nonce, peer), {});
    return wire.encodeSessionRequest({ account: this.account, nonce, keyId, signature });
  }

  async login(): Promise<this> {
    const answer = await this.ask("POST", wire.apiPaths.sessions, await this.loginBody(await this.nonce()));
    this.session = wire.decodeSession(answer.body).session;
    return this;
  }

  async open(project: string): Promise<wire.OpenedTransaction> {
    const answer = await this.ask("POST", wire.apiPaths.transactions(project), Buffer.from("{}"));
    if (answer.status !== 201) throw new Error(Buffer.from(answer.body).toString());
    return wire.decodeOpenedTransaction(answer.body);
  }

  async put(project: string, id: string, { filename, bytes }: Distribution): Promise<ApiAnswer> {
    return this.ask("PUT", wire.apiPaths.transactionFile(project, id, filename), bytes);
  }

  commit(project: string, id: string, request: wire.CommitRequest): Promise<ApiAnswer> {
    return this.ask("POST", wire.apiPaths.commit(project, id), wire.encodeCommitRequest(request));
  }

  sign(role: Targets, others?: Uint8Array): Promise<Uint8Array> {
    return this.identity.signRole(role, others && readTargets(others));
  }

  /** Releases files on top of what stands, as the draft says where one is given. */
  async release(project: string, files: readonly Distribution[], draft?: wire.ProjectDraft): Promise<ApiAnswer> {
    const opened = await this.open(project);
    for (const file of files) await this.put(project, opened.id, file);
    return this.commit(
      project,
      opened.id,
      await this.next(project, opened, { add: files.map((file) => described(file, this.#now())) }, draft),
    );
  }

  /** The next roles of a project, signed. */
  async next(
    project: string,
    present: wire.ProjectState,
    change: wire.ReleaseChange,
    draft?: wire.ProjectDraft,
  ): Promise<wire.CommitRequest> {
    const [p, r] = [present.p && readTargets(present.p).signed, present.r && readTargets(present.r).signed];
    const term = (before: Targets | undefined) => ({
      version: (before?.version ?? 0) + 1,
      expires: this.#now() + wire.PROFILES.default.developer,
    });
    const list = wire.changeFiles(wire.filesIn(r, project), change);
    const release = await this.sign(wire.composeReleaseRole(project, list, term(r)));
    return {
      r: release,
      ...(draft !== undefined && { p: await this.sign(wire.composeProjectRole(draft, term(p))) }),
    };
  }
}

/** A file as an honest releaser describes it. */
export function described({ filename, bytes }: Distribution, now = NOW): wire.ReleaseFile {
  const found = inspectDistribution(filename, bytesSource(bytes));
  const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");
  return {
    ...{ filename, sha256: sha256(bytes), length: bytes.byteLength, uploadTime: Math.floor(now / 1000) * 1000 },
    ...(found.requiresPython !== undefined && { requiresPython: found.requiresPython }),
    ...(found.kind === "wheel" && { coreMetadata: sha256(found.metadataBytes) }),
  };
}

/** The code of a refusal. */
export function codeOf({ body }: ApiAnswer): string {
  return wire.decodeProblem(body).code;
}

/** A signature file by somebody else's keys, for forgeries. */
export async function forged(role: Targets): Promise<Uint8Array> {
  const stranger: Signer = generateEd25519().signer;
  return signMetadata(role, [stranger]);
}
