import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalise, jsonObject, readTargets, signMetadata, toJson, verifySignatures } from "@countermark/tuf";
import { DROP, edited, replaced } from "../support/edit.ts";
import { OFFLINE, refused, roleOf, targetsOf, utf8 } from "../support/repository.ts";

const metadata = { ...targetsOf(1), unknown: jsonObject({ x: { a: "é", b: 'q"\\' } }) };
const file = await signMetadata(metadata, [OFFLINE]);
const text = new TextDecoder().decode(file);
/** From `{` to `}` of what is signed. */
const signedText = text.slice(text.indexOf('"signed":') + '"signed":'.length, -1);
const ROLE = { ...roleOf(OFFLINE), unknown: new Map() };
const keys = new Map([[OFFLINE.publicKey.keyId, OFFLINE.publicKey]]);

function verifies(bytes: Uint8Array): void {
  const envelope = readTargets(bytes);
  assert.deepEqual(Buffer.from(envelope.message), Buffer.from(canonicalise(toJson(metadata))));
  verifySignatures(envelope, keys, ROLE, "targets");
}

test("a canonical file is verified over the received bytes themselves", () => {
  const ascii = readTargets(edited(file, { "signed/x": DROP }));
  assert.ok(ascii.canonical);
  assert.equal(ascii.message.buffer, ascii.bytes.buffer);
  assert.ok(readTargets(file).canonical);
  verifies(file);
});

for (const [what, other] of [
  ["white space inside", text.replace('"version":1', '"version": 1')],
  ["indentation, as python-tuf writes it", JSON.stringify(JSON.parse(text), undefined, 1)],
  ["members in another order, as tuf-js writes them", text.replace(/("signed":\{)(.*),("version":1)/, "$1$3,$2")],
  ["escapes that need not be", text.replace('"é"', '"\\u00e9"').replace("q\\", "\\u0071\\")],
] as const) {
  test(`signatures verify over the canonical form of a file with ${what}`, () => {
    assert.notEqual(other, text);
    assert.ok(!readTargets(utf8(other)).canonical);
    verifies(utf8(other));
  });
}

test("white space around signed changes nothing of it", () => {
  const spaced = replaced(file, '"signed":', '\n"signed" : ');
  assert.ok(readTargets(spaced).canonical);
  verifies(spaced);
});

test("signed first and signatures last is the same file", () => {
  const signatures = text.slice(1, text.indexOf(',"signed"'));
  verifies(utf8(`{"signed":${signedText},${signatures}}`));
});

test("control characters: raw in what is signed, escaped in the file, so never canonical as received", async () => {
  const odd = { ...targetsOf(1), unknown: jsonObject({ "a\nb": "\u0000" }) };
  const written = await signMetadata(odd, [OFFLINE]);
  assert.match(new TextDecoder().decode(written), /a\\u000ab":"\\u0000"/);
  const envelope = readTargets(written);
  assert.ok(!envelope.canonical);
  assert.deepEqual(Buffer.from(envelope.message), Buffer.from(canonicalise(toJson(odd))));
  verifySignatures(envelope, keys, ROLE, "targets");
});

test("names in UTF-16 order are not canonical where code points order them otherwise", () => {
  const inOrder = utf8(text.replace(/\}\}$/, ',"\ufb01":1,"\u{1f600}":1}}'));
  const inUnits = utf8(text.replace(/\}\}$/, ',"\u{1f600}":1,"\ufb01":1}}'));
  assert.ok(readTargets(inOrder).canonical);
  assert.ok(!readTargets(inUnits).canonical);
  assert.deepEqual(readTargets(inUnits).message, new Uint8Array(readTargets(inOrder).message));
});

test("a signature over what was received does not count where that is not canonical", () => {
  const spaced = signedText.replace('"version":1', '"version": 1');
  const signature = OFFLINE.sign(utf8(spaced)) as Uint8Array;
  const sig = Buffer.from(signature).toString("hex");
  const signatures = `[{"keyid":"${OFFLINE.publicKey.keyId}","sig":"${sig}"}]`;
  const forged = readTargets(utf8(`{"signatures":${signatures},"signed":${spaced}}`));
  refused(
    () => {
      verifySignatures(forged, keys, ROLE, "targets");
    },
    "TUF_SIGNATURE",
    /0 of the 1/,
  );
});
