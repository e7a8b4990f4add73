import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  readSnapshot,
  readTimestamp,
  TrustedSet,
  TufError,
  verifySignatures,
  type Envelope,
  type Metadata,
  type Root,
} from "@countermark/tuf";
import { ClientError } from "../errors.ts";
import { MAX_ROOT_BYTES, MAX_SNAPSHOT_BYTES, MAX_TIMESTAMP_BYTES } from "../verify/fetch/limits.ts";
import type { RefreshStore } from "../verify/refresh.ts";
import type { TrustedFiles, VerifiedFile } from "../verify/state/trust-store.ts";
import { digest } from "../verify/cache/content-cache.ts";
import { guardFolder, lockFolder, readIfThere, replaceFile, syncFolder } from "./folder-files.ts";
import { roleFileName } from "./safe-name.ts";
import { VerdictFile } from "./verdict-file.ts";

/** What was verified; no `*.json`, so that no role's file can have its name. */
const VERDICTS = ".verified";

type OnlineRole = "timestamp" | "snapshot";

const ONLINE = {
  timestamp: { maxBytes: MAX_TIMESTAMP_BYTES, read: readTimestamp },
  snapshot: { maxBytes: MAX_SNAPSHOT_BYTES, read: readSnapshot },
} as const;

/**
 * The trusted metadata of one repository in a folder, byte for byte as received, under names without versions. Whoever
 * can write into the folder can replace the root, so it is as trustworthy as its owner; anything else in it is verified
 * each time it is read, and costs a fetch where it is missing, torn, or another repository's. Any number of processes may
 * work on one folder: root, timestamp and snapshot only ever go forward (but for TUF 5.3.11).
 */
export class MetadataFolder implements RefreshStore {
  readonly #folder: string;
  readonly #sound = new Map<OnlineRole, Uint8Array>();
  #verdicts: VerdictFile | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Begins with a root that the user trusts (TUF 5.2). @throws TufError, ClientError */
  initialise(root: Uint8Array): void {
    TrustedSet.open(root, 0);
    guardFolder(this.#folder, () => mkdirSync(this.#folder, { recursive: true }));
    this.#locked(() => {
      this.#replace("root", root);
    });
  }

  /** @throws ClientError `TRUST_MISSING` before `initialise` */
  trusted(): TrustedFiles {
    const root = this.#read("root", MAX_ROOT_BYTES);
    if (root === undefined) {
      throw new ClientError("TRUST_MISSING", `there is no trusted root in ${this.#folder}`, {
        hint: "countermark tuf --metadata-dir DIR init ROOT",
      });
    }
    const readSound = (role: OnlineRole) => this.#readSound(role);
    return {
      root,
      // Read when asked for, which is once: a snapshot may be large.
      get timestamp() {
        return readSound("timestamp");
      },
      get snapshot() {
        return readSound("snapshot");
      },
      // The specification judges by the system's clock alone (TUF 5.1), so no earlier time binds.
      trustedTime: 0,
    };
  }

  /** What of these files was verified before. */
  get verdicts(): VerdictFile {
    return (this.#verdicts ??= VerdictFile.read(join(this.#folder, VERDICTS)));
  }

  /** Writes what was verified since the last time. Where that cannot be, it is verified again another time. */
  keepVerdicts(): void {
    const bytes = this.verdicts.takeChanges();
    if (bytes === undefined) return;
    try {
      this.#locked(() => {
        replaceFile(join(this.#folder, VERDICTS), bytes);
      });
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
    }
  }

  /**
   * TUF 5.3.8 and 5.3.11. What was signed online goes first: a process that is killed in between walks the same step
   * again, while one that had kept the root would not know any more what it must forget.
   */
  advanceRoot(_repository: string, root: VerifiedFile, rotated: boolean): void {
    this.#locked(() => {
      if ((this.#presentRoot()?.signed.version ?? 0) >= root.version) return;
      if (rotated) for (const role of ["snapshot", "timestamp"]) rmSync(this.#path(role), { force: true });
      if (rotated) syncFolder(this.#folder);
      this.#replace("root", root.bytes);
    });
  }

  /** TUF 5.4.5. */
  advanceTimestamp(_repository: string, rootVersion: number, timestamp: VerifiedFile): void {
    this.#advanceOnline("timestamp", rootVersion, timestamp);
  }

  /** TUF 5.5.7. */
  advanceSnapshot(_repository: string, rootVersion: number, snapshot: VerifiedFile): void {
    this.#advanceOnline("snapshot", rootVersion, snapshot);
  }

  /** A file that the present keys did not sign binds nobody, and the next one that they did takes its place. */
  forgetOnline(): void {
    return;
  }

  /** A targets role as it was kept last. */
  role(name: string, maxBytes: number): Uint8Array | undefined {
    return this.#read(name, maxBytes);
  }

  /** Keeps a targets role that was verified (TUF 5.6.6). */
  keepRole(name: string, bytes: Uint8Array): void {
    this.#locked(() => {
      this.#replace(name, bytes);
    });
  }

  /** Another process may have gone further meanwhile: then what this one verified is old. */
  #advanceOnline(role: OnlineRole, rootVersion: number, file: VerifiedFile): void {
    const { maxBytes } = ONLINE[role];
    if (sameBytes(this.#read(role, maxBytes), file.bytes)) return;
    this.#locked(() => {
      const root = this.#presentRoot();
      if (root?.signed.version !== rootVersion || this.#presentVersion(role, root) > file.version) return;
      this.#replace(role, file.bytes);
    });
  }

  #presentRoot(): Envelope<Root> | undefined {
    const bytes = this.#read("root", MAX_ROOT_BYTES);
    return bytes && ifSound(() => TrustedSet.open(bytes, 0).root);
  }

  /** 0 for a file that is missing or that the present keys did not sign: else a forged one could hold its place for ever. */
  #presentVersion(name: OnlineRole, root: Envelope<Root>): number {
    const { maxBytes, read } = ONLINE[name];
    const bytes = this.#read(name, maxBytes);
    const role = root.signed.roles.get(name);
    if (bytes === undefined || role === undefined) return 0;
    const envelope = ifSound((): Envelope<Metadata> => {
      const found = read(bytes);
      verifySignatures(found, root.signed.keys, role, name);
      return found;
    });
    return envelope?.signed.version ?? 0;
  }

  /** Anybody's tools may have torn or mixed up these files: then they are as good as missing, and fetched anew. */
  #readSound(role: OnlineRole): Uint8Array | undefined {
    const { maxBytes, read } = ONLINE[role];
    const bytes = this.#read(role, maxBytes);
    if (bytes === undefined) return undefined;
    const known = sameBytes(this.#sound.get(role), bytes) || this.verdicts.knowsFile(role, digest(bytes));
    if (!known && ifSound((): Envelope<Metadata> => read(bytes)) === undefined) return undefined;
    this.#sound.set(role, bytes);
    return bytes;
  }

  #locked(work: () => void): void {
    lockFolder(this.#folder, work);
  }

  #read(role: string, maxBytes: number): Uint8Array | undefined {
    return readIfThere(this.#path(role), maxBytes);
  }

  #replace(role: string, bytes: Uint8Array): void {
    if (!sameBytes(this.#read(role, bytes.length), bytes)) replaceFile(this.#path(role), bytes);
  }

  #path(role: string): string {
    return join(this.#folder, roleFileName(role));
  }
}

function sameBytes(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one !== undefined && Buffer.compare(one, other) === 0;
}

function ifSound<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof TufError) return undefined;
    throw error;
  }
}
