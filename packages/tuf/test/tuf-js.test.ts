import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { createRequire } from "node:module";
import { test } from "node:test";
import {
  jsonObject,
  keyObjectSigner,
  makeDelegations,
  makeRoot,
  makeSnapshot,
  makeTargetFile,
  makeTargets,
  makeTimestamp,
  readMetadata,
  signMetadata,
  type Metadata as OurMetadata,
  type Signer,
} from "@countermark/tuf";
import { DAY, EXPIRES, NOW, signerNumber } from "./support/repository.ts";

/** What this test uses of tuf-js, which comes without types for it. */
interface Theirs {
  readonly signed: { readonly version: number; isExpired(at: Date): boolean };
  verifyDelegate(role: string, delegated: Theirs): void;
  toJSON(): unknown;
}
const { Metadata } = createRequire(createRequire(import.meta.url).resolve("tuf-js"))("@tufjs/models") as {
  Metadata: { fromJSON(type: string, json: unknown): Theirs };
};

function theirs(file: Uint8Array): Theirs {
  const json = JSON.parse(new TextDecoder().decode(file)) as { signed: { _type: string } };
  return Metadata.fromJSON(json.signed._type, json);
}

const signers: readonly (readonly [string, Signer])[] = [
  ["ed25519", signerNumber(1)],
  ["ecdsa-sha2-nistp256", keyObjectSigner(generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey)],
  ["ecdsa-sha2-nistp384", keyObjectSigner(generateKeyPairSync("ec", { namedCurve: "secp384r1" }).privateKey)],
  ["rsassa-pss-sha256", keyObjectSigner(generateKeyPairSync("rsa", { modulusLength: 3072 }).privateKey)],
];

function repository(
  ...keys: readonly Signer[]
): Readonly<Record<"root" | "timestamp" | "snapshot" | "targets" | "p", OurMetadata>> {
  const role = { keyIds: keys.map(({ publicKey }) => publicKey.keyId), threshold: keys.length };
  const publicKeys = keys.map(({ publicKey }) => publicKey);
  const unknown = jsonObject({ "x-note": { text: 'é "quoted" \\ \n', list: [1, null, true] } });
  const sha256 = "ab".repeat(32);
  const common = { version: 1, expires: EXPIRES, unknown };
  const roles = { root: role, timestamp: role, snapshot: role, targets: role };
  const p = { name: "p", ...role, terminating: true, paths: ["ab??/*/*"] };
  return {
    root: makeRoot({ ...common, keys: publicKeys, roles }),
    timestamp: makeTimestamp({ ...common, snapshot: { version: 1, length: 9, hashes: new Map([["sha256", sha256]]) } }),
    snapshot: makeSnapshot({
      ...common,
      meta: new Map([
        ["targets", { version: 1 }],
        ["p", { version: 1 }],
      ]),
    }),
    targets: makeTargets({ ...common, delegations: makeDelegations({ keys: publicKeys, roles: [p] }) }),
    p: makeTargets({
      ...common,
      targets: new Map([["abcd/é/f", makeTargetFile({ length: 1, sha256, custom: unknown })]]),
    }),
  };
}

for (const [scheme, signer] of signers) {
  test(`tuf-js reads, verifies and writes again what is signed with ${scheme}`, async () => {
    const metadata = repository(signer);
    const root = theirs(await signMetadata(metadata.root, [signer]));
    root.verifyDelegate("root", root);
    for (const role of ["timestamp", "snapshot", "targets"] as const) {
      root.verifyDelegate(role, theirs(await signMetadata(metadata[role], [signer])));
    }
    const targets = theirs(await signMetadata(metadata.targets, [signer]));
    const p = theirs(await signMetadata(metadata.p, [signer]));
    targets.verifyDelegate("p", p);
    assert.ok(!p.signed.isExpired(new Date(NOW)));
    assert.ok(p.signed.isExpired(new Date(EXPIRES + DAY)));
  });
}

test("tuf-js sees a threshold of all kinds of keys met, and not met by fewer", async () => {
  const all = signers.map(([, signer]) => signer);
  const { root } = repository(...all);
  const full = theirs(await signMetadata(root, all));
  full.verifyDelegate("root", full);
  const fewer = theirs(await signMetadata(root, all.slice(1)));
  assert.throws(() => {
    fewer.verifyDelegate("root", fewer);
  });
});

test("what tuf-js writes in its own order is read and verified here", async () => {
  const signer = signerNumber(1);
  for (const metadata of Object.values(repository(signer))) {
    const file = await signMetadata(metadata, [signer]);
    const written = new TextEncoder().encode(JSON.stringify(theirs(file).toJSON(), undefined, 2));
    const { message, signatures } = readMetadata(written);
    assert.deepEqual(Buffer.from(message), Buffer.from(readMetadata(file).message));
    assert.ok(signer.publicKey.verify(message, signatures.get(signer.publicKey.keyId) ?? new Uint8Array()));
  }
});
