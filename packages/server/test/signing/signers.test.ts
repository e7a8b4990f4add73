import assert from "node:assert/strict";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { canonicalise, encodeJson, generateEd25519, jsonObject, signMetadata, makeSnapshot } from "@countermark/tuf";
import { makeWheel, writeDistributions } from "../../../../test/harness/distributions/distributions.ts";
import { scopeOf } from "../../../../test/harness/scope.ts";
import { temporaryFolder } from "../../../../test/harness/temporary-folder.ts";
import { openIndex } from "../../src/data-folder.ts";
import { readKeyFile } from "../../src/signing/key-file.ts";
import { ProcessSigner } from "../../src/signing/process-signer.ts";
import { readSigningLog, SigningLog, type SigningEntry } from "../../src/signing/signing-log.ts";
import { NOW } from "../fixtures.ts";
import { ask, importInto, testIndex } from "../serving.ts";
import { server } from "../commands/command.ts";

const PROGRAM = join(import.meta.dirname, "signer-program.mjs");
const { seed, signer } = generateEd25519();
const command = (mood: string): readonly string[] => [
  process.execPath,
  PROGRAM,
  Buffer.from(seed).toString("hex"),
  mood,
];
const wheel = makeWheel({ name: "flask", version: "1.0" });
const snapshot = makeSnapshot({ version: 7, expires: NOW, meta: new Map() });

test("a program that holds the key signs, as often as it is asked, one after the other", async () => {
  const held = new ProcessSigner("snapshot", signer.publicKey, command("well"));
  const messages = Array.from({ length: 20 }, (_, number) => Buffer.alloc(number * 10_000, number));
  const signatures = await Promise.all(messages.map((message) => held.sign(message)));
  signatures.forEach((signature, number) => {
    assert.ok(signer.publicKey.verify(messages[number] ?? new Uint8Array(), signature), String(number));
  });
  assert.deepEqual(await signMetadata(snapshot, [held]), await signMetadata(snapshot, [signer]));
});

const moods: Record<string, RegExp> = {
  refuse: /refused: not on a Sunday$/,
  other: /answered what it was not asked$/,
  nothing: /gave no signature$/,
  noise: /answered what it was not asked$/,
  die: /ended \(exit code 3\)$/,
};
for (const [mood, says] of Object.entries(moods)) {
  test(`a program that misbehaves (${mood}) signs nothing, and is started anew`, async () => {
    const held = new ProcessSigner("snapshot", signer.publicKey, command(mood));
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await assert.rejects(
        async () => held.sign(Buffer.from("x")),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, "SIGNER");
          assert.match(error.message, says);
          return true;
        },
      );
    }
  });
}

test("a program that is not there, and one whose signature is not its key's", async () => {
  const absent = new ProcessSigner("snapshot", signer.publicKey, ["/nowhere/signer"]);
  await assert.rejects(async () => absent.sign(Buffer.from("x")), { code: "SIGNER" });
  const lying = new ProcessSigner("snapshot", signer.publicKey, command("lie"));
  await assert.rejects(signMetadata(snapshot, [lying]), { code: "TUF_SIGNATURE" });
});

test("an index whose snapshot key another program holds publishes, and each use of a key is in its log", async (t) => {
  const index = await testIndex(scopeOf(t));
  const path = join(index.data, "keys", "snapshot.json");
  const file = JSON.parse(readFileSync(path, "utf8")) as { seed: string; keyid: string };
  const { publicKey } = await readKeyFile(path, "snapshot");
  const key = JSON.parse(Buffer.from(encodeJson(publicKey.json)).toString()) as object;
  const held = { "countermark-key": 1, role: "snapshot", keyid: file.keyid, key };
  writeFileSync(path, JSON.stringify({ ...held, command: [process.execPath, PROGRAM, file.seed] }));
  const opened = await openIndex(index.data);
  t.after(() => opened.store.close());
  const from = temporaryFolder(index.scope);
  const outcomes = await importInto(opened, writeDistributions(from, [wheel]), () => NOW);
  assert.equal(outcomes[0]?.outcome, "published");
  const { url } = await index.serve();
  assert.equal((await ask(url, "/simple/flask/")).status, 200);

  const { code, stdout } = await server("log", "--signing", "--data", index.data);
  assert.equal(code, 0);
  const entries = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as SigningEntry);
  assert.deepEqual(
    entries.map(({ role, version }) => `${role} ${version}`),
    ["unclaimed 2", "snapshot 2", "timestamp 2"],
  );
  const log = join(index.data, "signing.log");
  const lines = readFileSync(log, "utf8");
  writeFileSync(log, lines.replace('"role":"snapshot"', '"role":"timestamp"'));
  const tampered = await server("log", "--signing", "--data", index.data);
  assert.equal(tampered.code, 65);
  assert.match(tampered.stderr, /line 3 of the signing log does not follow/);

  writeFileSync(path, JSON.stringify({ ...held, keyid: "00".repeat(32), command: ["/bin/true"] }));
  await assert.rejects(openIndex(index.data), { code: "KEY_FILE" });
  for (const wrong of [{}, { command: [] }, { command: "sh -c x" }, { command: [1] }]) {
    writeFileSync(path, JSON.stringify({ ...held, ...wrong }));
    await assert.rejects(openIndex(index.data), { code: "KEY_FILE" }, JSON.stringify(wrong));
  }
});

async function* linesOf(text: string): AsyncGenerator<string> {
  for (const line of text.trim().split("\n")) yield await Promise.resolve(line);
}

test("the log goes on where another process left it, and behind a line that a crash has cut", async (t) => {
  const path = join(temporaryFolder(scopeOf(t)), "signing.log");
  const signers = { snapshot: signer, timestamp: signer, status: signer, recentlyClaimed: signer, unclaimed: signer };
  const [one, other] = [1, 2].map(() => new SigningLog(path, () => NOW).watch(signers));
  const message = (version: number): Uint8Array =>
    canonicalise(jsonObject({ _type: "targets", version, "x-countermark-ceremony": 1 }));
  await one?.snapshot.sign(message(1));
  await other?.status.sign(message(2));
  await one?.timestamp.sign(message(3));
  appendFileSync(path, '{"n":4,"at":"20');
  await other?.unclaimed.sign(message(4));
  const entries: SigningEntry[] = [];
  for await (const entry of readSigningLog(linesOf(readFileSync(path, "utf8")))) entries.push(entry);
  assert.deepEqual(
    entries.map(({ n, role, version }) => `${n} ${role} ${version}`),
    ["1 snapshot 1", "2 status 2", "3 timestamp 3", "4 unclaimed 4"],
  );
});
