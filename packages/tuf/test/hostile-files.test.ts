import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  delegationsFor,
  jsonObject,
  keyObjectSigner,
  makeTargetFile,
  readMetadata,
  signMetadata,
  TrustedSet,
  TufError,
  verifySignatures,
  type Metadata,
} from "@countermark/tuf";
import { generateKeyPairSync } from "node:crypto";
import { readAs } from "./support/edit.ts";
import {
  NOW,
  OFFLINE,
  ONLINE,
  roleOf,
  rootOf,
  sign,
  snapshotOf,
  targetsOf,
  timestampOf,
  utf8,
} from "./support/repository.ts";

const ecdsa = keyObjectSigner(generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey);
const hashes = new Map([["sha256", "ab".repeat(32)]]);
const files: Readonly<Record<Metadata["type"], Uint8Array>> = {
  root: await signMetadata(rootOf({ keys: [OFFLINE.publicKey, ONLINE.publicKey, ecdsa.publicKey] }), [OFFLINE, ecdsa]),
  timestamp: await sign.timestamp(timestampOf(1, { version: 1, length: 3, hashes })),
  snapshot: await sign.snapshot(snapshotOf(1, { targets: { version: 1 }, p: { version: 1, hashes } })),
  targets: await sign.targets({
    ...targetsOf(1),
    targets: new Map([
      ["a/b", makeTargetFile({ length: 1, sha256: "ab".repeat(32), custom: jsonObject({ é: [null] }) })],
    ]),
  }),
};
const types = Object.keys(files) as Metadata["type"][];

/** Everything that an attacker's bytes get to, short of a signature that holds. */
function readEverything(type: Metadata["type"], bytes: Uint8Array): void {
  const { signed } = readAs(type, bytes);
  if (signed.type === "root")
    for (const key of signed.keys.values()) assert.ok(key.identity !== "" && key.json.size > 0);
  if (signed.type === "targets" && signed.delegations !== undefined) delegationsFor(signed.delegations, "a/b");
  const keys = new Map([[OFFLINE.publicKey.keyId, OFFLINE.publicKey]]);
  verifySignatures(readMetadata(bytes), keys, { ...roleOf(OFFLINE), unknown: new Map() }, "role");
}

/** Returns whether it was accepted; anything thrown but a `TufError` fails the test. */
function accepted(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof TufError) return false;
    throw error;
  }
}

/** Bytes and pieces of text where JSON readers and metadata readers go wrong. */
const pieces = [
  ...'{}[]":,\\0-.eE\n \u0000\u007f'.split(""),
  "null",
  "true",
  "1e999",
  "-0",
  "18446744073709551616",
  "\\ud800",
  "\\u0000",
  '"__proto__":',
  '"signed":{},',
  '"version":0,',
  '"threshold":0,',
  "\u{1f600}",
  "[".repeat(100),
].map(utf8);

const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  remove: fc.integer({ min: 0, max: 12 }),
  insert: fc.oneof(fc.constantFrom(...pieces), fc.uint8Array({ maxLength: 3 })),
});

function mutated(
  file: Uint8Array,
  mutations: readonly { at: number; remove: number; insert: Uint8Array }[],
): Uint8Array {
  let bytes = Buffer.from(file);
  for (const { at, remove, insert } of mutations) {
    const start = Math.floor(at * bytes.length);
    bytes = Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)]);
  }
  return new Uint8Array(bytes);
}

for (const type of types) {
  test(`${type}: mutated bytes are refused with a TufError or read; nothing else is thrown`, () => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        const bytes = mutated(files[type], mutations);
        accepted(() => {
          readEverything(type, bytes);
        });
      }),
      { numRuns: 1500 },
    );
  });

  test(`${type}: with any value in place of any other, nothing but a TufError is thrown`, () => {
    const odd = fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      1,
      2 ** 53,
      0.5,
      "",
      "x",
      "\ud800",
      [],
      [[]],
      {},
      { a: {} },
      ["x", 1],
    );
    const json = JSON.parse(new TextDecoder().decode(files[type])) as unknown;
    const places = [...placesIn(json)];
    fc.assert(
      fc.property(fc.constantFrom(...places), odd, (place, value) => {
        const copy = structuredClone(json);
        Reflect.set(parentOf(copy, place), place.at(-1) ?? "", value);
        accepted(() => {
          readEverything(type, utf8(JSON.stringify(copy)));
        });
      }),
      { numRuns: 500 },
    );
  });
}

test("a root that is not byte for byte what was signed is never opened, unless white space or order alone differ", () => {
  const { message } = readAs("root", files.root);
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 2 }), (mutations) => {
      const bytes = mutated(files.root, mutations);
      if (accepted(() => TrustedSet.open(bytes, NOW))) {
        assert.deepEqual(Buffer.from(readAs("root", bytes).message), Buffer.from(message));
      }
    }),
    { numRuns: 1500 },
  );
});

function* placesIn(json: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (typeof json !== "object" || json === null) return;
  for (const [name, member] of Object.entries(json)) {
    yield [...path, name];
    yield* placesIn(member, [...path, name]);
  }
}

function parentOf(json: unknown, place: readonly string[]): object {
  return place.slice(0, -1).reduce<unknown>((parent, name) => Reflect.get(parent as object, name), json) as object;
}
