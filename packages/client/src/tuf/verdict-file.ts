import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { readOutline } from "@countermark/tuf";
import { NO_LINK, opennessOf, TO_READ } from "../platform.ts";
import { digest } from "../verify/cache/content-cache.ts";
import type { Edge, Recollection, Verdicts } from "../verify/verdicts.ts";
import { VERSION } from "../version.ts";

/** Most verdicts that are kept, the newest: a client that asks for other targets forgets those of long ago. */
const MAX_VERDICTS = 256;
/** Most bytes of the file: so many verdicts with long names. */
const MAX_FILE_BYTES = 1024 * 1024;
/** The permission bits that make a file others' than its owner's, too. */
/** What another release found good may be refused by this one's rules. */
const HEAD = `countermark ${VERSION} verified`;

interface Verdict {
  readonly edge: Edge;
  readonly recollection: Recollection;
}

/**
 * The verdicts of a metadata folder, in a file of it. Whoever can write such a file as this user could as well replace the
 * folder's root; whoever cannot is not believed: the file counts only if it is this user's own, writable by nobody else,
 * no link, whole to the last byte, and written by this very release. Else everything is verified again, as without it.
 */
export class VerdictFile implements Verdicts {
  /** The oldest first. */
  readonly #verdicts: Map<string, Verdict>;
  #changed = false;

  private constructor(verdicts: readonly Verdict[]) {
    this.#verdicts = new Map(verdicts.map((each) => [keyOf(each.edge), each]));
  }

  static read(path: string): VerdictFile {
    return new VerdictFile(parse(readOwn(path)));
  }

  recall(edge: Edge): Recollection | undefined {
    return this.#verdicts.get(keyOf(edge))?.recollection;
  }

  /** Whether this file was read and verified as this role, under whatever delegating file. */
  knowsFile(role: string, file: string): boolean {
    return [...this.#verdicts.values()].some(({ edge }) => edge.role === role && edge.file === file);
  }

  note(edge: Edge, { outline }: Recollection): void {
    const key = keyOf(edge);
    this.#verdicts.delete(key);
    this.#verdicts.set(key, { edge, recollection: { outline } });
    this.#changed = true;
  }

  /** What the file shall hold from now on; `undefined` when that is what it holds. */
  takeChanges(): Uint8Array | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    const newest = [...this.#verdicts.values()].slice(-MAX_VERDICTS);
    const body = JSON.stringify(newest.map(({ edge, recollection }) => ({ ...edge, ...recollection })));
    return Buffer.from(`${HEAD}\n${digest(Buffer.from(body))}\n${body}`);
  }
}

function keyOf({ role, delegator, file }: Edge): string {
  return `${delegator} ${file} ${role}`;
}

/** The text of a file that nobody else could have written. */
function readOwn(path: string): string {
  let file: number | undefined;
  try {
    file = openSync(path, TO_READ | NO_LINK);
    const status = fstatSync(file);
    const openness = opennessOf(status);
    if (openness !== undefined && (openness.owner !== "own" || openness.othersWrite)) return "";
    const isPlain = status.isFile() && status.nlink === 1;
    return isPlain && status.size <= MAX_FILE_BYTES ? readFileSync(file, "utf8") : "";
  } catch {
    return "";
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function parse(text: string): Verdict[] {
  const [head, sum, body] = text.split("\n", 3);
  if (head !== HEAD || body === undefined || digest(Buffer.from(body)) !== sum) return [];
  const verdicts = JSON.parse(body) as unknown;
  return Array.isArray(verdicts) ? verdicts.flatMap(readVerdict) : [];
}

function readVerdict(value: unknown): Verdict[] {
  const { role, delegator, file, outline } = (value ?? {}) as Partial<Record<string, unknown>>;
  if (typeof role !== "string" || typeof delegator !== "string" || typeof file !== "string") return [];
  return [{ edge: { role, delegator, file }, recollection: { outline: readOutline(outline) } }];
}
