import type { OnlineSigners } from "@countermark/repository";
import type { Signer } from "@countermark/tuf";
import type { OpenIndex } from "../../src/data-folder.ts";
import { ServerError } from "../../src/errors.ts";
import type { BlobStore, StagedBlob } from "../../src/storage/blob-store.ts";
import type { Fault } from "./memory-store.ts";

/** Calls that are made or not, by what went before: a note of a token's use, and what a cache asks before any request. */
const BESIDE = new Set(["accounts.touchTokens", "store.changedSince"]);

/**
 * Stands in front of all that an index keeps, whatever keeps it: every call of a storage port and every signature is a
 * step, and one step of a run fails. `failed`: before the call; `failed-but-persisted`: behind it.
 */
export class Faults {
  /** The steps of this run, in order: `<port>.<method>#<how many of its kind before>`. */
  readonly steps: string[] = [];
  #at: string | undefined;
  #fault: Fault = "failed";
  #seen = new Map<string, number>();

  /** Begins a run in which one step fails, or none. */
  arm(at?: string, fault: Fault = "failed"): void {
    this.steps.length = 0;
    this.#seen = new Map();
    this.#at = at;
    this.#fault = fault;
  }

  /** The same index, behind these faults. */
  around(index: OpenIndex): OpenIndex {
    return {
      ...index,
      store: this.#port("store", index.store),
      accounts: this.#port("accounts", index.accounts),
      audit: this.#port("audit", index.audit),
      claims: this.#port("claims", index.claims),
      names: this.#port("names", index.names),
      blobs: this.#blobs(index.blobs),
      signers: this.#signers(index.signers),
    };
  }

  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (BESIDE.has(name)) return work();
    const before = this.#seen.get(name) ?? 0;
    this.#seen.set(name, before + 1);
    const step = `${name}#${before}`;
    this.steps.push(step);
    if (step !== this.#at) return work();
    if (this.#fault === "failed") throw new ServerError("IO", `injected: ${step} did nothing`);
    await work();
    throw new ServerError("IO", `injected: ${step} was done`);
  }

  #port<T extends object>(port: string, target: T): T {
    return new Proxy(target, {
      get: (_, method) => {
        const value: unknown = Reflect.get(target, method);
        if (typeof value !== "function") return value;
        const call = value.bind(target) as (...parameters: readonly unknown[]) => unknown;
        // The one call that is answered at once.
        if (method === "changeMark") return call;
        return (...parameters: readonly unknown[]) =>
          this.step(`${port}.${String(method)}`, () => Promise.resolve(call(...parameters)));
      },
    });
  }

  #blobs(blobs: BlobStore): BlobStore {
    const port = this.#port("blobs", blobs);
    const stage = async (source: AsyncIterable<Uint8Array>): Promise<StagedBlob> => {
      let staged: StagedBlob | undefined;
      try {
        await this.step("blobs.stage", async () => {
          staged = await blobs.stage(source);
        });
      } catch (error) {
        // A store that cannot say that it has staged a file has given it up.
        await staged?.discard();
        throw error;
      }
      if (staged === undefined) throw new Error("staging that does nothing");
      return this.#staged(staged);
    };
    return new Proxy(port, {
      get: (target, method) => (method === "stage" ? stage : (Reflect.get(target, method) as unknown)),
    });
  }

  #staged(staged: StagedBlob): StagedBlob {
    return {
      ...{ sha256: staged.sha256, length: staged.length, reader: staged.reader },
      keep: () => this.step("blob.keep", () => staged.keep()),
      discard: () => staged.discard(),
    };
  }

  #signers(signers: OnlineSigners): OnlineSigners {
    const faulty = (duty: keyof OnlineSigners): Signer => ({
      publicKey: signers[duty].publicKey,
      sign: (message) => this.step(`sign.${duty}`, () => Promise.resolve(signers[duty].sign(message))),
    });
    return {
      snapshot: faulty("snapshot"),
      timestamp: faulty("timestamp"),
      status: faulty("status"),
      recentlyClaimed: faulty("recentlyClaimed"),
      unclaimed: faulty("unclaimed"),
    };
  }
}
