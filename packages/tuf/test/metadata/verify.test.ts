import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import {
  jsonObject,
  keyObjectSigner,
  readPublicKey,
  readTargets,
  signingKeys,
  signMetadata,
  verifySignatures,
  type JsonObject,
  type PublicKey,
  type Signer,
} from "@countermark/tuf";
import { edited } from "../support/edit.ts";
import { OFFLINE, ONLINE, refused, STRANGER, targetsOf } from "../support/repository.ts";

function keysOf(...keys: readonly PublicKey[]): ReadonlyMap<string, PublicKey> {
  return new Map(keys.map((key) => [key.keyId, key]));
}

/** The same signer under another key id, in another spelling. */
function relabelled(signer: Signer, keyId: string, json: JsonObject = signer.publicKey.json): Signer {
  return { publicKey: readPublicKey(keyId, json), sign: (message) => signer.sign(message) };
}

async function check(
  signers: readonly Signer[],
  threshold: number,
  keyIds: readonly string[],
  keys: readonly PublicKey[],
) {
  const envelope = readTargets(await signMetadata(targetsOf(1), signers));
  verifySignatures(envelope, keysOf(...keys), { keyIds, threshold, unknown: new Map() }, "p");
}

async function refusesCheck(message: RegExp, ...args: Parameters<typeof check>) {
  const envelope = await check(...args).then(
    () => undefined,
    (error: unknown) => error,
  );
  refused(
    () => {
      throw envelope;
    },
    "TUF_SIGNATURE",
    message,
    "p",
  );
}

const [a, b, c] = [ONLINE, OFFLINE, STRANGER];
const ids = (...signers: Signer[]) => signers.map(({ publicKey }) => publicKey.keyId);
const keys = (...signers: Signer[]) => signers.map(({ publicKey }) => publicKey);

test("a threshold of two is met by two of three keys, and by three", async () => {
  await check([a, c], 2, ids(a, b, c), keys(a, b, c));
  await check([a, b, c], 2, ids(a, b, c), keys(a, b, c));
});

test("a threshold of two is not met by one", async () => {
  await refusesCheck(/1 of the 2/, [a], 2, ids(a, b), keys(a, b));
  await refusesCheck(/0 of the 1/, [], 1, ids(a, b), keys(a, b));
});

test("a key of another role does not count (TUF 5.3.4)", async () => {
  await refusesCheck(/0 of the 1/, [c], 1, ids(a), keys(a, c));
});

test("a key id without a key does not count", async () => {
  await refusesCheck(/0 of the 1/, [c], 1, ids(c), keys(a));
});

test("one key under two key ids counts once (python-tuf and tuf-js count it twice)", async () => {
  const twin = relabelled(a, "twin");
  await refusesCheck(/1 of the 2/, [a, twin], 2, [...ids(a), "twin"], keys(a, twin));
  await check([a, twin, b], 2, [...ids(a), "twin", ...ids(b)], keys(a, twin, b));
});

test("one key in hex of both cases and in PEM counts once", async () => {
  const json = (material: string) =>
    jsonObject({ keytype: "ed25519", scheme: "ed25519", keyval: { public: material } });
  const raw = Buffer.from((a.publicKey.json.get("keyval") as JsonObject).get("public") as string, "hex");
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]);
  const pem = createPublicKey({ key: spki, format: "der", type: "spki" }).export({ format: "pem", type: "spki" });
  const capitals = relabelled(a, "capitals", json(raw.toString("hex").toUpperCase()));
  const inPem = relabelled(a, "pem", json(pem.toString()));
  await refusesCheck(/1 of the 2/, [a, capitals, inPem], 2, [...ids(a), "capitals", "pem"], keys(a, capitals, inPem));
});

test("one ECDSA key as PEM and as hex, under both names of its type, counts once", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const signer = keyObjectSigner(privateKey);
  const point = publicKey.export({ format: "der", type: "spki" }).subarray(-65).toString("hex");
  const json = { keytype: "ecdsa-sha2-nistp256", scheme: "ecdsa-sha2-nistp256", keyval: { public: point } };
  const twin = relabelled(signer, "hex", jsonObject(json));
  await refusesCheck(/1 of the 2/, [signer, twin], 2, [signer.publicKey.keyId, "hex"], keys(signer, twin));
});

test("a wrong signature of one key does not take away a right one of the same key under another id", async () => {
  const twin = relabelled(a, "twin");
  const file = edited(await signMetadata(targetsOf(1), [a, twin]), { "signatures/0/sig": "00".repeat(64) });
  verifySignatures(
    readTargets(file),
    keysOf(...keys(a, twin)),
    { keyIds: [...ids(a), "twin"], threshold: 1, unknown: new Map() },
    "p",
  );
});

test("an empty signature is a place for one to come, and counts for nothing", async () => {
  const file = edited(await signMetadata(targetsOf(1), [a, b]), { "signatures/1/sig": "" });
  const role = { keyIds: ids(a, b), threshold: 2, unknown: new Map() };
  refused(
    () => {
      verifySignatures(readTargets(file), keysOf(...keys(a, b)), role, "p");
    },
    "TUF_SIGNATURE",
    /1 of the 2/,
  );
});

for (const threshold of [0, -1, 0.5, Number.NaN, Infinity, "1" as unknown as number]) {
  test(`a threshold of ${JSON.stringify(threshold)} (${threshold}) that did not come from a file is refused too`, async () => {
    await refusesCheck(/the threshold of p is/, [a], threshold, ids(a), keys(a));
  });
}

test("signingKeys names every distinct key that signed, past the threshold too", async () => {
  const twin = relabelled(a, "twin");
  const envelope = readTargets(await signMetadata(targetsOf(1), [a, twin, b]));
  const found = signingKeys(envelope, keysOf(...keys(a, twin, b, c)), ["twin", ...ids(a, b, c)]);
  assert.deepEqual(
    found.map(({ keyId }) => keyId),
    ["twin", ...ids(b)],
  );
});
