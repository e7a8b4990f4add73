import { createHash } from "node:crypto";
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import type { OnlineSigners } from "@countermark/repository";
import type { Signer } from "@countermark/tuf";
import type { Clock } from "../clock.ts";
import { ServerError, systemError } from "../errors.ts";

/** One use of an online key. */
export interface SigningEntry {
  /** Counts up from 1. */
  readonly n: number;
  /** `YYYY-MM-DDTHH:MM:SS.mmmZ`. */
  readonly at: string;
  /** Whose key: `snapshot`, `timestamp`, `status`, `recently-claimed`, `unclaimed`. */
  readonly role: string;
  readonly keyid: string;
  /** Of the role that was signed. */
  readonly version: number;
  /** Of exactly the bytes that were signed. */
  readonly sha256: string;
  /** SHA-256 of the line before, without its end; of the first, 64 zeros. */
  readonly previous: string;
}

const FIRST = "0".repeat(64);
/** Longest line. */
const MAX_LINE = 1024;
const ROLES: Readonly<Record<keyof OnlineSigners, string>> = {
  snapshot: "snapshot",
  timestamp: "timestamp",
  status: "status",
  recentlyClaimed: "recently-claimed",
  unclaimed: "unclaimed",
};

/**
 * Every use of an online key, one line of JSON each, chained by hashes. A line stands in the file before its signature
 * leaves the signer; the machine's crash may lose the last ones, a killed process none. Whoever writes the file can
 * cut its end or make it anew: a copy elsewhere (a log collector) is what shows that.
 *
 * Lines are appended under the publisher's lock, so that processes do not mix theirs.
 */
export class SigningLog {
  readonly #path: string;
  readonly #clock: Clock;
  #end = { size: -1, n: 0, hash: FIRST };

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  /** The same signers, each use of which is told here first. */
  watch(signers: OnlineSigners): OnlineSigners {
    const watched = (duty: keyof OnlineSigners): Signer => {
      const { publicKey } = signers[duty];
      return {
        publicKey,
        sign: (message) => {
          this.#append(ROLES[duty], publicKey.keyId, message);
          return signers[duty].sign(message);
        },
      };
    };
    return {
      snapshot: watched("snapshot"),
      timestamp: watched("timestamp"),
      status: watched("status"),
      recentlyClaimed: watched("recentlyClaimed"),
      unclaimed: watched("unclaimed"),
    };
  }

  #append(role: string, keyid: string, message: Uint8Array): void {
    try {
      const file = openSync(this.#path, "a+", 0o640);
      try {
        const { size, n, hash } = this.#lastOf(file);
        const entry: SigningEntry = {
          ...{ n: n + 1, at: new Date(this.#clock()).toISOString(), role, keyid },
          ...{ version: versionOf(message), sha256: sha256(message), previous: hash },
        };
        const line = JSON.stringify(entry);
        const written = writeSync(file, `${line}\n`);
        if (role === "timestamp") fsyncSync(file);
        this.#end = { size: size + written, n: entry.n, hash: sha256(line) };
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw systemError(error, "cannot write the signing log");
    }
  }

  /** Where the chain ends: as this process left it, or as another one has. */
  #lastOf(file: number): { readonly size: number; readonly n: number; readonly hash: string } {
    const { size } = fstatSync(file);
    if (size === this.#end.size) return this.#end;
    if (size === 0) return { size, n: 0, hash: FIRST };
    const tail = Buffer.alloc(Math.min(size, 2 * MAX_LINE));
    readSync(file, tail, 0, tail.byteLength, size - tail.byteLength);
    const lines = tail.toString("utf8").split("\n");
    const cut = Buffer.byteLength(lines.pop() ?? "");
    // Cut by a crash: nothing was signed after it, for it would stand there.
    if (cut > 0) ftruncateSync(file, size - cut);
    const last = lines.at(-1);
    return last === undefined
      ? { size: size - cut, n: 0, hash: FIRST }
      : { size: size - cut, n: numberOf(last), hash: sha256(last) };
  }
}

/**
 * Checks the chain of a signing log, line by line.
 * @throws ServerError `DATA_DAMAGED` at the first line that does not follow from the one before
 */
export async function* readSigningLog(lines: AsyncIterable<string>): AsyncGenerator<SigningEntry> {
  let [previous, number] = [FIRST, 0];
  for await (const line of lines) {
    const entry = entryOf(line);
    number += 1;
    if (entry?.previous !== previous || entry.n !== number) {
      throw new ServerError("DATA_DAMAGED", `line ${number} of the signing log does not follow from the one before`, {
        hint: "compare it with your copy: somebody has changed it, or the machine crashed there",
      });
    }
    previous = sha256(line);
    yield entry;
  }
}

function entryOf(line: string): SigningEntry | undefined {
  try {
    return JSON.parse(line) as SigningEntry;
  } catch {
    return undefined;
  }
}

function numberOf(line: string): number {
  return entryOf(line)?.n ?? 0;
}

function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A role's members stand in order, and of its own `version` follow only our own fields: it is the last of its depth. */
function versionOf(message: Uint8Array): number {
  const tail = Buffer.from(message.subarray(-100)).toString("latin1");
  const [, short] = /,"version":(\d+)\}$/.exec(tail) ?? [];
  if (short !== undefined) return Number(short);
  const { version } = JSON.parse(Buffer.from(message).toString("utf8")) as { readonly version: number };
  return version;
}
