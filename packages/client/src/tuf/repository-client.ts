import {
  outlineOf,
  searchTarget,
  TufError,
  type RoleRequest,
  type TargetFile,
  type TrustedSet,
} from "@countermark/tuf";
import { ClientError } from "../errors.ts";
import { digest } from "../verify/cache/content-cache.ts";
import type { HttpSource } from "../verify/fetch/http-source.ts";
import { limitsFor, MAX_TARGETS_BYTES } from "../verify/fetch/limits.ts";
import { refresh } from "../verify/refresh.ts";
import { roleLocation, targetLocation } from "./locations.ts";
import type { MetadataFolder } from "./metadata-folder.ts";
import { digestInName, type TargetFolder } from "./target-folder.ts";

/** What a client of any TUF repository works with. */
export interface RepositoryPorts {
  /** Base URL of the metadata, to be named in messages. */
  readonly url: string;
  readonly metadata: Pick<HttpSource, "bytes">;
  readonly folder: MetadataFolder;
}

/** The client workflow of TUF 5 for a repository of any layout, on one snapshot of it. */
export class RepositoryClient {
  readonly #set: TrustedSet;
  readonly #ports: RepositoryPorts;
  /** SHA-256 of the files that may delegate, by role. */
  readonly #digests = new Map<string, string>();

  private constructor(set: TrustedSet, ports: RepositoryPorts) {
    this.#set = set;
    this.#ports = ports;
  }

  /**
   * Updates root, timestamp, snapshot and targets (TUF 5.1 to 5.6).
   * @param now this machine's clock, in milliseconds since the epoch
   * @throws TufError, ClientError
   */
  static async open(ports: RepositoryPorts, now: number): Promise<RepositoryClient> {
    const { url, metadata, folder } = ports;
    const repository = { id: url, url };
    const { verdicts } = folder;
    const set = await refresh({ repository, source: metadata, store: folder, locate: roleLocation, verdicts, now });
    const client = new RepositoryClient(set, ports);
    await client.#load({ name: "targets", delegator: "root" }); // 5.6
    folder.keepVerdicts();
    return client;
  }

  /** What the roles that are trusted with a path say of it (TUF 5.6.7), `undefined` where none lists it. */
  async find(path: string): Promise<TargetFile | undefined> {
    const search = searchTarget(this.#set, path);
    for (let step = search.next(); ; step = search.next()) {
      if (step.done === true) {
        this.#ports.folder.keepVerdicts();
        return step.value?.file;
      }
      // Whatever goes wrong here ends the search: the next role is not asked in the place of a broken one.
      await this.#load(step.value);
    }
  }

  /**
   * Puts a target's file into `folder` unless it stands there (TUF 5.7).
   * @throws TufError, ClientError
   */
  async download(
    path: string,
    file: TargetFile,
    source: Pick<HttpSource, "read">,
    folder: TargetFolder,
  ): Promise<void> {
    if (folder.holds(path, file)) return;
    const { consistentSnapshot } = this.#set.root.signed;
    const location = targetLocation(path, consistentSnapshot ? digestInName(file) : undefined);
    const taken = await source.read(location, limitsFor(file.length), async (chunks) => {
      await folder.take(path, file, chunks);
      return true;
    });
    if (taken === undefined) throw new ClientError("INDEX_INCOMPLETE", `the repository does not have ${path}`);
  }

  /** TUF 5.6.1 to 5.6.6 for one delegating edge. The own copy is tried first: what is still announced needs no fetch. */
  async #load(request: RoleRequest): Promise<void> {
    const { metadata, folder, url } = this.#ports;
    const { name } = request;
    const announced = this.#set.snapshot?.signed.meta.get(name);
    if (announced === undefined) throw new TufError("TUF_ROLE", `snapshot does not list ${name}`, { role: name });
    const maxBytes = Math.min(announced.length ?? MAX_TARGETS_BYTES, MAX_TARGETS_BYTES);
    if (this.#acceptOwn(request, folder.role(name, maxBytes))) return;
    const { consistentSnapshot } = this.#set.root.signed;
    const location = roleLocation(name, consistentSnapshot ? announced.version : undefined);
    const bytes = await metadata.bytes(location, { ...limitsFor(maxBytes), gzip: true });
    if (bytes === undefined) throw new ClientError("INDEX_INCOMPLETE", `${url}${location} is not there`);
    this.#accept(request, bytes);
    folder.keepRole(name, bytes);
  }

  #acceptOwn(request: RoleRequest, bytes: Uint8Array | undefined): boolean {
    if (bytes === undefined) return false;
    try {
      this.#accept(request, bytes);
      return true;
    } catch (error) {
      if (error instanceof TufError && error.code !== "TUF_ORDER") return false;
      throw error;
    }
  }

  /** What was verified under the same delegating file before is not verified again. */
  #accept({ name, delegator }: RoleRequest, bytes: Uint8Array): void {
    const { verdicts } = this.#ports.folder;
    const edge = { role: name, delegator: this.#digestOf(delegator), file: digest(bytes) };
    const known = verdicts.recall(edge);
    const options = { signaturesKnown: known !== undefined, outline: known?.outline };
    const envelope =
      delegator === "root"
        ? this.#set.updateTargets(bytes, options)
        : this.#set.updateDelegated(bytes, name, delegator, options);
    this.#digests.set(name, edge.file);
    if (known === undefined) verdicts.note(edge, { outline: outlineOf(envelope) });
  }

  #digestOf(delegator: string): string {
    return (delegator === "root" ? undefined : this.#digests.get(delegator)) ?? digest(this.#set.root.bytes);
  }
}
