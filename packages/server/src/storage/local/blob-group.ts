import { randomBytes } from "node:crypto";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { FileGroup, writing } from "../durable-group.ts";
import { pathOfBlob, stagingOf } from "./places.ts";

/**
 * Small blobs that a thread of an import puts in together, into the same folder as {@link LocalBlobs} and to the same
 * contract (`BlobStore`): none is in the store before `keep`, all of them survive a crash of the machine after it.
 */
export class BlobGroup {
  readonly #folder: string;
  readonly #files: FileGroup;
  readonly #added = new Set<string>();
  readonly #made = new Set<string>();

  /** @param expected how many blobs there will be, about */
  constructor(folder: string, expected: number) {
    this.#folder = folder;
    const staging = stagingOf(folder);
    this.#files = new FileGroup(folder, join(staging, randomBytes(12).toString("hex")), expected);
    this.#make(staging);
  }

  /** Takes a blob in, whose SHA-256 the caller has computed from these bytes. They may change afterwards. */
  add(bytes: Uint8Array, sha256: string): void {
    if (this.#added.has(sha256)) return;
    const path = pathOfBlob(this.#folder, sha256);
    writing(() => {
      // One of another length was damaged: this one takes its place.
      if (statSync(path, { throwIfNoEntry: false })?.size === bytes.byteLength) this.#files.retain(path);
      else {
        this.#make(join(this.#folder, sha256.slice(0, 2)));
        this.#files.write(path, bytes);
      }
    });
    this.#added.add(sha256);
  }

  /** Puts all of them in their places. May be called once. */
  keep(): void {
    writing(() => {
      this.#files.keep();
    });
  }

  /** Forgets what was not kept. */
  discard(): void {
    this.#files.discard();
  }

  /** Folders are put on the disk by `keep`: their own entries, too. */
  #make(folder: string): void {
    if (this.#made.has(folder)) return;
    const first = writing(() => mkdirSync(folder, { recursive: true, mode: 0o755 }));
    if (first !== undefined) this.#files.retain(first);
    this.#made.add(folder);
  }
}
