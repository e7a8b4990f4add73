import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as wire from "@countermark/repository";
import { generateEd25519 } from "@countermark/tuf";
import { refusal } from "../../refusal.ts";

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7);
const time = Date.parse("2026-01-02T03:04:05Z");
const [release, login] = [generateEd25519().signer.publicKey.json, generateEd25519().signer.publicKey.json];
const keys = { release, login, releaseProof: bytes(64), loginProof: bytes(64) };
const digest = "ab".repeat(32);
const text = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** What is written, how it is read back, and what it says. */
const MESSAGES: readonly (readonly [string, Uint8Array, (body: Uint8Array) => unknown, unknown])[] = [
  [
    "challenge request",
    wire.encodeChallengeRequest({ account: "ada" }),
    wire.decodeChallengeRequest,
    { account: "ada" },
  ],
  [
    "challenge",
    wire.encodeChallenge({ nonce: digest, expires: time }),
    wire.decodeChallenge,
    { nonce: digest, expires: time },
  ],
  ...[{}, { invitation: "come-in" }].map((more) => {
    const request = { account: "ada", generation: 2, nonce: digest, ...keys, ...more };
    return ["enrolment", wire.encodeEnrolmentRequest(request), wire.decodeEnrolmentRequest, request] as const;
  }),
  ...[{ account: "ada", nonce: digest, keyId: digest, signature: bytes(64) }].map(
    (request) => ["session request", wire.encodeSessionRequest(request), wire.decodeSessionRequest, request] as const,
  ),
  ...[{ session: `cms_${"x".repeat(43)}`, expires: time }].map(
    (session) => ["session", wire.encodeSession(session), wire.decodeSession, session] as const,
  ),
  ...[{ nonce: digest, keyId: digest, signature: bytes(64), ...keys }].map(
    (request) => ["admission", wire.encodeAdmissionRequest(request), wire.decodeAdmissionRequest, request] as const,
  ),
  ...[{ nonce: digest, key: digest, keyId: digest, signature: bytes(64) }].map(
    (request) => ["revocation", wire.encodeRevocationRequest(request), wire.decodeRevocationRequest, request] as const,
  ),
  ...[{ account: "ada", generation: 1, keys: [{ release, login, since: time }] }].map(
    (view) => ["account", wire.encodeAccountView(view), wire.decodeAccountView, view] as const,
  ),
  ...[{}, { project: "flask" }, { scope: "read" as const, days: 1 }].map((more) => {
    const request = { label: "CI", ...more };
    return ["token request", wire.encodeTokenRequest(request), wire.decodeTokenRequest, request] as const;
  }),
  ...[{}, { project: "flask" }, { scope: "upload" as const }]
    .map((more) => [{ id: "t1", label: "CI", created: time, expires: time, ...more }])
    .map((tokens) => ["tokens", wire.encodeTokens(tokens), wire.decodeTokens, tokens] as const),
  ...[{ standing: "none" as const }, { standing: "claimed" as const, p: bytes(3), r: bytes(5) }].flatMap((state) => {
    const opened = { id: "T1", expires: time, ...state };
    return [
      ["state", wire.encodeProjectState(state), wire.decodeProjectState, state] as const,
      ["opened", wire.encodeOpenedTransaction(opened), wire.decodeOpenedTransaction, opened] as const,
    ];
  }),
  ...[{ filename: "flask-1.tar.gz", sha256: digest, length: 9 }].map(
    (file) => ["received", wire.encodeReceivedFile(file), wire.decodeReceivedFile, file] as const,
  ),
  ...[{ r: bytes(4) }, { p: bytes(1), r: bytes(2) }].map(
    (commit) => ["commit", wire.encodeCommitRequest(commit), wire.decodeCommitRequest, commit] as const,
  ),
  ...[{ outcome: "published" as const, p: 1, r: 2, warnings: ["mind the gap"] }].map(
    (outcome) => ["outcome", wire.encodeCommitOutcome(outcome), wire.decodeCommitOutcome, outcome] as const,
  ),
  ...[{ id: "T1", expires: time, r: bytes(3) }].map(
    (waiting) => ["waiting", wire.encodeWaiting(waiting), wire.decodeWaiting, waiting] as const,
  ),
  ...[[{ filename: "a-1.tar.gz", sha256: digest, length: 1, by: "token CI", uploaded: time, expires: time }]].map(
    (staged) => ["staged", wire.encodeStagedFiles(staged), wire.decodeStagedFiles, staged] as const,
  ),
  ...[{ account: "bob", invitation: digest, release, login, tag: digest, proof: bytes(64) }].map(
    (join) => ["join", wire.encodeJoin(join), wire.decodeJoin, join] as const,
  ),
];

test("every message reads back as what was written", () => {
  for (const [name, body, read, said] of MESSAGES) assert.deepEqual(read(body), said, name);
});

suite("a request that is not of its form is refused", () => {
  const good = { account: "ada", nonce: digest, keyId: digest, signature: "07".repeat(64) };
  const bad: Readonly<Record<string, unknown>> = {
    "no account": { ...good, account: undefined },
    "an account in capitals": { ...good, account: "Ada" },
    "a nonce that is too short": { ...good, nonce: "ab" },
    "a signature in capitals": { ...good, signature: "AB".repeat(64) },
    "a signature of a megabyte": { ...good, signature: "07".repeat(20_000) },
    "an unknown member": { ...good, admin: true },
    "a list": [good],
  };
  test("control: the good one is read", () => void wire.decodeSessionRequest(text(good)));
  for (const [name, body] of Object.entries(bad)) {
    test(name, () => assert.throws(() => wire.decodeSessionRequest(text(body)), refusal("WIRE_FORMAT")));
  }
  test("a name that stands twice", () => {
    const body = Buffer.from(`{"account":"ada","account":"eve"}`);
    assert.throws(() => wire.decodeChallengeRequest(body), refusal("WIRE_FORMAT"));
  });
  test("a commit of nothing", () => {
    assert.throws(() => wire.decodeCommitRequest(text({})), refusal("WIRE_FORMAT", /neither/));
  });
  test("base64 with something in it that is none", () => {
    assert.throws(() => wire.decodeCommitRequest(text({ r: "AA=A" })), refusal("WIRE_FORMAT"));
  });
});

test("an answer may say more than this version knows", () => {
  const body = text({ nonce: digest, expires: "2026-01-02T03:04:05Z", later: 1 });
  assert.deepEqual(wire.decodeChallenge(body), { nonce: digest, expires: time });
});

test("a refusal carries code, hint and, in a conflict, the present state", () => {
  const more = wire.projectStateMembers({ standing: "claimed", r: bytes(3) });
  const problem = { status: 409, code: "TX_CONFLICT", detail: "somebody was faster", hint: "once more" };
  const read = wire.decodeProblem(wire.encodeProblem({ ...problem, more }));
  assert.deepEqual([read.status, read.code, read.detail, read.hint], [409, "TX_CONFLICT", problem.detail, "once more"]);
  assert.deepEqual(wire.readProjectState(read.members), { standing: "claimed", r: bytes(3) });
});

suite("an invitation", () => {
  const secret = bytes(16);
  const plain = { account: "bob", invitation: wire.invitationId(secret, "flask"), release, login };
  const join = { ...plain, tag: wire.joinTag(secret, digest, "flask", plain), proof: bytes(64) };
  test("lets in the keys that were sent with its secret", () => {
    assert.ok(wire.verifyJoin(secret, digest, "flask", join));
  });
  const other = generateEd25519().signer.publicKey.json;
  const swapped: Readonly<Record<string, readonly [Uint8Array, string, string, typeof join]>> = {
    "another release key": [secret, digest, "flask", { ...join, release: other }],
    "another login key": [secret, digest, "flask", { ...join, login: other }],
    "another account": [secret, digest, "flask", { ...join, account: "eve" }],
    "another project": [secret, digest, "django", join],
    "another repository": [secret, "cd".repeat(32), "flask", join],
    "another secret": [bytes(17), digest, "flask", join],
    "a cut tag": [secret, digest, "flask", { ...join, tag: join.tag.slice(2) }],
  };
  for (const [name, args] of Object.entries(swapped)) {
    test(`does not let in ${name}`, () => assert.equal(wire.verifyJoin(...args), false));
  }
});

test("addresses are escaped: a name never leads elsewhere", () => {
  assert.equal(
    wire.apiPaths.transactionFile("flask", "T1", "../x"),
    "api/v1/projects/flask/transactions/T1/files/..%2Fx",
  );
});
