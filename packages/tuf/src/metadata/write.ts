import { canonicalObject, canonicalText } from "../json/canonical.ts";
import type { PlainJson } from "../json/plain.ts";
import { jsonObject } from "../json/plain.ts";
import type { JsonObject, JsonValue } from "../json/value.ts";
import type { PublicKey } from "../keys/key.ts";
import type { Delegations, FileMeta, Metadata, RoleKeys, Root, SignedCommon, Targets, TargetFile } from "./model.ts";
import { formatTime } from "./time.ts";

type Members = Readonly<Record<string, PlainJson | undefined>>;

/** The `signed` object of any metadata (TUF 4.3 to 4.6), unknown members included. */
export function toJson(metadata: Metadata): JsonObject {
  switch (metadata.type) {
    case "root":
      return signedObject(metadata, rootMembers(metadata));
    case "timestamp":
      return signedObject(metadata, { meta: metaObject(new Map([["snapshot", metadata.snapshot]])) });
    case "snapshot":
      return signedObject(metadata, { meta: metaObject(metadata.meta) });
    case "targets":
      return signedObject(metadata, targetsMembers(metadata));
  }
}

/**
 * What the signatures of any metadata cover: its `signed` object in canonical form (TUF 4.2). A snapshot lists much that
 * its predecessor listed: the text of an entry is made once.
 */
export function signedText(metadata: Metadata): string {
  if (metadata.type !== "snapshot") return canonicalText(toJson(metadata));
  const members = new Map<string, string>();
  for (const [name, value] of signedObject(metadata, {})) members.set(name, canonicalText(value));
  return canonicalObject(members.set("meta", metaText(metadata.meta)));
}

/** Of entries that live on from one snapshot to the next. Nothing changes an entry. */
const entryTexts = new WeakMap<FileMeta, string>();

function metaText(meta: ReadonlyMap<string, FileMeta>): string {
  const entries = new Map<string, string>();
  for (const [role, file] of meta) {
    let text = entryTexts.get(file);
    if (text === undefined) entryTexts.set(file, (text = canonicalText(fileMetaObject(file))));
    entries.set(`${role}.json`, text);
  }
  return canonicalObject(entries);
}

function signedObject(signed: SignedCommon & { readonly type: string }, members: Members): JsonObject {
  return withUnknown(signed.unknown, {
    _type: signed.type,
    spec_version: signed.specVersion,
    version: signed.version,
    expires: formatTime(signed.expires),
    ...members,
  });
}

/** Known members win: an unknown one cannot stand in for them. */
function withUnknown(unknown: JsonObject, known: Members): JsonObject {
  return new Map([...unknown, ...jsonObject(known)]);
}

function mapValues<T>(map: ReadonlyMap<string, T>, encode: (value: T) => JsonValue): JsonObject {
  return new Map([...map].map(([name, value]) => [name, encode(value)]));
}

function rootMembers(root: Root): Members {
  return {
    consistent_snapshot: root.consistentSnapshot,
    keys: keysObject(root.keys),
    roles: mapValues(root.roles, (role) => withUnknown(role.unknown, roleKeysMembers(role))),
  };
}

function targetsMembers(targets: Targets): Members {
  return {
    targets: mapValues(targets.targets, targetFileObject),
    delegations: targets.delegations && delegationsObject(targets.delegations),
  };
}

function keysObject(keys: ReadonlyMap<string, PublicKey>): JsonObject {
  return mapValues(keys, (key) => key.json);
}

function roleKeysMembers(role: RoleKeys): Members {
  return { keyids: role.keyIds, threshold: role.threshold };
}

function metaObject(meta: ReadonlyMap<string, FileMeta>): JsonObject {
  return new Map([...meta].map(([role, file]) => [`${role}.json`, fileMetaObject(file)]));
}

function fileMetaObject({ version, length, hashes, unknown }: FileMeta): JsonObject {
  return withUnknown(unknown, { version, length, hashes });
}

function targetFileObject({ length, hashes, custom, unknown }: TargetFile): JsonObject {
  return withUnknown(unknown, { length, hashes, custom });
}

function delegationsObject({ keys, roles, succinct, unknown }: Delegations): JsonObject {
  const delegatedRoles = [...roles.values()].map((role) =>
    withUnknown(role.unknown, {
      ...roleKeysMembers(role),
      name: role.name,
      terminating: role.terminating,
      paths: role.paths,
      path_hash_prefixes: role.pathHashPrefixes,
    }),
  );
  return withUnknown(unknown, {
    keys: keysObject(keys),
    ...(succinct === undefined
      ? { roles: delegatedRoles }
      : {
          succinct_roles: withUnknown(succinct.unknown, {
            ...roleKeysMembers(succinct),
            bit_length: succinct.bitLength,
            name_prefix: succinct.namePrefix,
          }),
        }),
  });
}
