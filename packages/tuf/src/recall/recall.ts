import { setCoverage } from "../delegations/look-up.ts";
import { matchesPattern } from "../delegations/pattern.ts";
import { JsonReader } from "../json/reader.ts";
import { readDelegatedRole, readDelegatedRoles } from "../metadata/delegations.ts";
import { readSnapshot, readTargets } from "../metadata/envelope.ts";
import { META_SUFFIX, readMember, readMeta } from "../metadata/file-meta.ts";
import type { DelegatedRole, Envelope, FileMeta, Metadata, Snapshot, Targets } from "../metadata/model.ts";
import type { Outline } from "./outline.ts";
import { RecalledMap } from "./recalled-map.ts";

/** Every role in its usual form begins so, and no string in it can: it would need a quote. */
const ROLE_BEGINS = Buffer.from('{"keyids":["');
/** What may stand in a name or pattern of the usual form. */
const PLAIN_ONLY = /^[ !#-[\]-~]*$/;
/** More bytes than an entry of a snapshot in its usual form has behind its name. */
const LONGEST_META = 256;
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/** Reads a snapshot that was read to its end before: its entries are looked for when they are asked for. */
export function recallSnapshot(bytes: Uint8Array, outline: Outline): Envelope<Snapshot> {
  if (outline.list !== "meta" || !fits(bytes, outline)) return readSnapshot(bytes);
  const around = readAround(bytes, outline, readSnapshot);
  const meta = new RecalledMap(
    (role) => findMeta(bytes, outline, role),
    () => readMeta(new JsonReader(bytes.subarray(outline.start - 1, outline.end + 1))),
  );
  return { ...around, signed: { ...around.signed, meta } };
}

/** Reads a targets role that was read to its end before: its delegations are looked for when they are asked for. */
export function recallTargets(bytes: Uint8Array, outline: Outline): Envelope<Targets> {
  if (outline.list !== "roles" || !fits(bytes, outline)) return readTargets(bytes);
  const around = readAround(bytes, outline, readTargets);
  if (around.signed.delegations === undefined) return readTargets(bytes);
  const list = new RoleList(bytes, outline);
  const roles = new RecalledMap(
    (name) => list.named(name),
    () => readDelegatedRoles(new JsonReader(bytes.subarray(outline.start - 1, outline.end + 1))),
  );
  const delegations = { ...around.signed.delegations, roles };
  setCoverage(delegations, list);
  return { ...around, signed: { ...around.signed, delegations } };
}

function fits(bytes: Uint8Array, { list, start, end }: Outline): boolean {
  const [open, close] = list === "meta" ? [OPEN_BRACE, CLOSE_BRACE] : [OPEN_BRACKET, CLOSE_BRACKET];
  return bytes[start - 1] === open && bytes[end] === close;
}

/** The file as if its list were empty, but for the bytes of the whole. */
function readAround<T extends Metadata>(
  bytes: Uint8Array,
  { start, end }: Outline,
  read: (bytes: Uint8Array) => Envelope<T>,
): Envelope<T> {
  const around = new Uint8Array(bytes.length - (end - start));
  around.set(bytes.subarray(0, start));
  around.set(bytes.subarray(end), start);
  const envelope = read(around);
  const begin = envelope.message.byteOffset - around.byteOffset;
  return { ...envelope, bytes, message: bytes.subarray(begin, begin + envelope.message.length + (end - start)) };
}

function findMeta(bytes: Uint8Array, { start, end }: Outline, role: string): FileMeta | undefined {
  if (role === "" || !PLAIN_ONLY.test(role)) return undefined;
  const name = `"${role}${META_SUFFIX}":{`;
  const at = asBuffer(bytes.subarray(start, end)).indexOf(name, 0, "latin1");
  if (at === -1) return undefined;
  const from = start + at;
  return new JsonReader(bytes.subarray(from, from + name.length + LONGEST_META)).memberAt(0, readMember);
}

/** Delegated roles in their usual form, as they stand in the file. */
class RoleList {
  readonly #text: Buffer;
  readonly #outline: Outline;
  /** By where they begin. */
  readonly #roles = new Map<number, DelegatedRole>();

  constructor(bytes: Uint8Array, outline: Outline) {
    this.#text = asBuffer(bytes.subarray(outline.start, outline.end));
    this.#outline = outline;
  }

  named(name: string): DelegatedRole | undefined {
    if (name === "" || !PLAIN_ONLY.test(name)) return undefined;
    const at = this.#text.indexOf(`"name":"${name}","paths":["`, 0, "latin1");
    return at === -1 ? undefined : this.#around(at).role;
  }

  /** The roles that are trusted with a path, in the order of the file: what their patterns begin with, it begins with. */
  covering(path: string): readonly DelegatedRole[] {
    const found = new Map<number, DelegatedRole>();
    const { prefixes, exact } = this.#outline;
    for (const length of prefixes) {
      if (length <= path.length) this.#collect(path.slice(0, length), "", path, found);
    }
    if (exact) this.#collect(path, '"', path, found);
    return [...found].sort(([one], [other]) => one - other).map(([, role]) => role);
  }

  /** Adds the roles with a pattern that covers the path and stands in the text as `"<beginning><then>`. */
  #collect(beginning: string, then: string, path: string, found: Map<number, DelegatedRole>): void {
    if (!PLAIN_ONLY.test(beginning)) return;
    const text = `"${beginning}${then}`;
    for (let at = this.#text.indexOf(text, 0, "latin1"); at !== -1;) {
      const { start, end, role } = this.#around(at);
      if (role.paths?.some((pattern) => matchesPattern(pattern, path)) === true) found.set(start, role);
      at = this.#text.indexOf(text, end, "latin1");
    }
  }

  /** The role in which a byte stands. */
  #around(at: number): { start: number; end: number; role: DelegatedRole } {
    const start = this.#text.lastIndexOf(ROLE_BEGINS, at);
    const next = this.#text.indexOf(ROLE_BEGINS, start + 1);
    const end = next === -1 ? this.#text.length : next;
    let role = this.#roles.get(start);
    if (role === undefined) {
      role = readDelegatedRole(new JsonReader(this.#text.subarray(start, end)));
      this.#roles.set(start, role);
    }
    return { start, end, role };
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
