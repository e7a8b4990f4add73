import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  canonicalise,
  delegationsFor,
  encodeJson,
  matchesPattern,
  parseJson,
  readMetadata,
  readPublicKey,
  readRoot,
  readSnapshot,
  readTargets,
  readTimestamp,
  toJson,
  TrustedSet,
  TufError,
  type DelegatedRole,
  type Delegations,
  type Envelope,
  type JsonObject,
  type JsonValue,
  type Metadata,
} from "@countermark/tuf";
import { asPlain, canonicalText, matchesByRegExp, withSpaces } from "./oracles.ts";

/** A function that takes a stranger's bytes. It may throw a `TufError`; whatever else it throws is a finding. */
export interface Target {
  readonly name: string;
  /** The corpus it begins with: files of these names below `corpus/`. */
  readonly corpus: RegExp;
  readonly take: (bytes: Buffer) => void;
}

const PATHS = ["a/b", "3f2a/requests/requests-2.31.0.tar.gz", "file.txt", ".hidden", "", "é/😀", "a//b"];

export const TARGETS: readonly Target[] = [
  { name: "json", corpus: /\.json$/, take: takeJson },
  { name: "root", corpus: /root\.json$/, take: (bytes) => takeMetadata(readRoot, bytes) },
  { name: "timestamp", corpus: /timestamp\.json$/, take: (bytes) => takeMetadata(readTimestamp, bytes) },
  { name: "snapshot", corpus: /snapshot\.json$/, take: (bytes) => takeMetadata(readSnapshot, bytes) },
  { name: "targets", corpus: /targets.*\.json$/, take: (bytes) => takeMetadata(readTargets, bytes) },
  { name: "any metadata", corpus: /\.json$/, take: (bytes) => takeMetadata(readMetadata, bytes) },
  { name: "trusted root", corpus: /root\.json$/, take: (bytes) => void TrustedSet.open(bytes, 0) },
  { name: "key", corpus: /key.*\.json$/, take: takeKey },
  { name: "pattern", corpus: /\.patterns$/, take: takePattern },
];

/** What is accepted, `JSON.parse` accepts and reads alike, and it survives being written and read again. */
function takeJson(bytes: Buffer): void {
  const value = parseJson(bytes);
  assert.deepEqual(asPlain(value), JSON.parse(bytes.toString()));
  assert.deepEqual(asPlain(parseJson(encodeJson(value))), asPlain(value));
  assert.equal(Buffer.from(canonicalise(value)).toString(), canonicalText(value));
}

/**
 * What is accepted is JSON, is signed over its canonical form, and is written as it was read. What is JSON is judged alike
 * whether it stands as readers know it best or with spaces, with which they must look at every character.
 */
function takeMetadata(read: (bytes: Uint8Array) => Envelope<Metadata>, bytes: Buffer): void {
  const judged = refusalOf(() => read(bytes));
  if (refusalOf(() => parseJson(bytes)) === undefined) {
    assert.equal(refusalOf(() => read(withSpaces(bytes)))?.code, judged?.code);
  }
  if (judged !== undefined) throw judged;
  const broken = refusalOf(() => {
    checkMetadata(read(bytes), bytes);
  });
  assert.equal(broken, undefined, "a part of what was accepted is refused later");
}

function checkMetadata({ signed, message }: Envelope<Metadata>, bytes: Buffer): void {
  const part = (parseJson(bytes) as JsonObject).get("signed") ?? null;
  assert.deepEqual(asPlain(part), (JSON.parse(bytes.toString()) as { signed: unknown }).signed);
  const canonical = canonicalText(part);
  assert.equal(Buffer.from(message).toString(), canonical);
  assert.equal(Buffer.from(canonicalise(toJson(signed))).toString(), canonical);
  if (signed.type === "targets" && signed.delegations !== undefined) takeDelegations(signed.delegations);
}

function refusalOf(work: () => unknown): TufError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof TufError) return error;
    throw error;
  }
}

/** The index finds what a scan finds. */
function takeDelegations(delegations: Delegations): void {
  for (const path of PATHS) {
    const found = delegationsFor(delegations, path);
    if (delegations.succinct !== undefined) assert.equal(found.length, 1);
    else
      assert.deepEqual(
        found,
        [...delegations.roles.values()].filter((role) => covers(role, path)),
      );
  }
}

function covers({ paths = [], pathHashPrefixes = [] }: DelegatedRole, path: string): boolean {
  const hash = createHash("sha256").update(path).digest("hex");
  return paths.some((each) => matchesPattern(each, path)) || pathHashPrefixes.some((each) => hash.startsWith(each));
}

function takeKey(bytes: Buffer): void {
  const json: JsonValue = parseJson(bytes);
  if (!(json instanceof Map)) return;
  const key = readPublicKey("id", json as JsonObject);
  assert.match(key.identity, /^[0-9a-f]{64}$/);
  assert.equal(key.verify(bytes, Buffer.alloc(64)), false);
}

/** The first line is a pattern, the second a path. */
function takePattern(bytes: Buffer): void {
  const [pattern = "", path = ""] = bytes.toString().split("\n");
  const found = matchesPattern(pattern, path);
  const expected = matchesByRegExp(pattern, path);
  if (expected !== undefined) assert.equal(found, expected);
}
