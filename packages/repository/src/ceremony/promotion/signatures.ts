import {
  encodeJson,
  jsonObject,
  parseJson,
  readRoot,
  readTargets,
  signMetadata,
  toJson,
  TufError,
  verifySignatures,
  type JsonObject,
  type JsonValue,
  type Root,
  type Signer,
  type Targets,
} from "@countermark/tuf";
import { RepositoryError } from "../../errors.ts";
import { parseRoleName } from "../../layout/role-names.ts";
import { describeRoleFile, type RoleFile } from "../../publisher/role-file.ts";
import { MAX_BUNDLE_BYTES } from "./bundle.ts";
import type { ComposedCeremony, Overrides } from "./compose.ts";

const FORMAT = 1;

/** What one holder carries back: signatures over what a bundle came to, and nothing that is signed. */
export interface CeremonySignatures {
  /** {@link bundleDigest}. */
  readonly bundle: string;
  readonly overrides: Overrides;
  /** Role name, then key id, then signature in hex. */
  readonly signatures: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** The keys that one holder has at hand, by duty; any may be missing. */
export interface HoldersKeys {
  readonly root: readonly Signer[];
  readonly targets: readonly Signer[];
  readonly shards: readonly Signer[];
}

/** Whose duty a role is. */
export function dutyOf(name: string): keyof HoldersKeys {
  if (name === "root") return "root";
  const kind = parseRoleName(name)?.kind;
  return kind === "targets" || kind === "sharded" ? "targets" : "shards";
}

/** Signs every role of a ceremony with the keys at hand. */
export async function signCeremony(
  composed: ComposedCeremony,
  keys: HoldersKeys,
  about: Pick<CeremonySignatures, "bundle" | "overrides">,
): Promise<CeremonySignatures> {
  const signatures = new Map<string, ReadonlyMap<string, string>>();
  for (const [name, role] of composed.roles) {
    const signers = keys[dutyOf(name)];
    if (signers.length === 0) continue;
    const file = await signMetadata(role, signers);
    const made = (role.type === "root" ? readRoot(file) : readTargets(file)).signatures;
    signatures.set(name, new Map([...made].map(([keyId, bytes]) => [keyId, Buffer.from(bytes).toString("hex")])));
  }
  return { ...about, signatures };
}

/** A holder's signatures as a file. */
export function encodeSignatures({ bundle, overrides, signatures }: CeremonySignatures): Uint8Array {
  const byRole = [...signatures].map(([name, keys]): [string, JsonValue] => [name, new Map(keys)]);
  return encodeJson(
    jsonObject({
      "countermark-signatures": FORMAT,
      bundle,
      overrides: new Map(overrides),
      signatures: new Map(byRole),
    }),
  );
}

/** Throws `CEREMONY`. */
export function decodeSignatures(file: Uint8Array): CeremonySignatures {
  const members = objectOf(parsed(file));
  const bundle = members.get("bundle");
  if (members.get("countermark-signatures") !== FORMAT || typeof bundle !== "string") throw malformed();
  const texts = (value: JsonValue | undefined): ReadonlyMap<string, string> => {
    const object = objectOf(value);
    for (const text of object.values()) if (typeof text !== "string") throw malformed();
    return object as ReadonlyMap<string, string>;
  };
  const signatures = [...objectOf(members.get("signatures"))].map(([name, keys]) => [name, texts(keys)] as const);
  return { bundle, overrides: texts(members.get("overrides")), signatures: new Map(signatures) };
}

/**
 * Puts the signatures of several holders under one ceremony, in whatever order they came, and checks that they are
 * enough: every role by the keys that its delegator names.
 * @throws RepositoryError `CEREMONY_BUNDLE` for signatures over something else, `CEREMONY_SIGNATURES` for too few
 */
export function mergeCeremony(
  composed: ComposedCeremony,
  bundle: string,
  all: readonly CeremonySignatures[],
): readonly RoleFile[] {
  for (const each of all) {
    if (each.bundle === bundle) continue;
    throw new RepositoryError("CEREMONY_BUNDLE", "signatures are of another bundle, or the bundle was changed since");
  }
  const files = new Map([...composed.roles].map(([name, role]) => [name, fileOf(name, role, all)]));
  try {
    verifyAll(files);
  } catch (error) {
    if (!(error instanceof TufError)) throw error;
    throw new RepositoryError("CEREMONY_SIGNATURES", error.message, error.role);
  }
  return [...files.values()];
}

/** Overrides on which all holders agree. */
export function commonOverrides(all: readonly CeremonySignatures[]): Overrides {
  const [first, ...others] = all.map(({ overrides }) => overrides);
  const same = (a: Overrides, b: Overrides) =>
    a.size === b.size && [...a].every(([project, why]) => b.get(project) === why);
  if (first === undefined || others.every((other) => same(first, other))) return first ?? new Map();
  throw new RepositoryError("CEREMONY_BUNDLE", "the holders do not agree about what to promote against the rules");
}

function fileOf(name: string, role: Root | Targets, all: readonly CeremonySignatures[]): RoleFile {
  const signatures = new Map(all.flatMap((each) => [...(each.signatures.get(name) ?? [])]));
  const list = [...signatures].map(([keyid, sig]): JsonValue => jsonObject({ keyid, sig }));
  const bytes = encodeJson(
    new Map<string, JsonValue>([
      ["signatures", list],
      ["signed", toJson(role)],
    ]),
  );
  return describeRoleFile(name, role.version, role.expires, bytes);
}

/** Every role by its delegator's keys, from the top down. Keys of a ceremony that turns none. */
function verifyAll(files: ReadonlyMap<string, RoleFile>): void {
  const bytesOf = (name: string) => files.get(name)?.bytes ?? new Uint8Array();
  const root = readRoot(bytesOf("root"));
  const keysOf = (role: "root" | "targets") =>
    root.signed.roles.get(role) ?? { keyIds: [], threshold: 1, unknown: new Map() };
  verifySignatures(root, root.signed.keys, keysOf("root"), "root");
  const targets = readTargets(bytesOf("targets"));
  verifySignatures(targets, root.signed.keys, keysOf("targets"), "targets");
  const open = [targets.signed];
  for (let role = open.pop(); role !== undefined; role = open.pop()) {
    for (const delegated of role.delegations?.roles.values() ?? []) {
      if (!files.has(delegated.name)) continue;
      const envelope = readTargets(bytesOf(delegated.name));
      verifySignatures(envelope, role.delegations?.keys ?? new Map(), delegated, delegated.name);
      open.push(envelope.signed);
    }
  }
}

function parsed(file: Uint8Array): JsonValue {
  try {
    return parseJson(file, { maxBytes: MAX_BUNDLE_BYTES });
  } catch (error) {
    if (error instanceof TufError) throw malformed();
    throw error;
  }
}

function objectOf(value: JsonValue | undefined): JsonObject {
  if (value instanceof Map) return value as JsonObject;
  throw malformed();
}

function malformed(): RepositoryError {
  return new RepositoryError("CEREMONY", "this is no file of signatures that this program can read");
}
