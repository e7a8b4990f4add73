import assert from "node:assert/strict";
import { chmodSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  makeDelegations,
  makeRoot,
  makeTargetFile,
  makeTargets,
  readTargets,
  verifySignatures,
  type Targets,
} from "@countermark/tuf";
import {
  identityOfCiKey,
  makeCiKey,
  openCiIdentity,
  readCiLimits,
  type CiKey,
  type Identity,
} from "@countermark/identity";
import { folder } from "../support/commands.ts";
import { ACCOUNT, code, context, sha256, utf8 } from "../support/identities.ts";

const NOW = Date.UTC(2026, 0, 1) + 123;
const DAY = 24 * 60 * 60 * 1000;
const PROJECT = "left-pad";

function release(...paths: string[]): Targets {
  const file = makeTargetFile({ length: 1, sha256: sha256("a") });
  return makeTargets({ version: 2, expires: Date.UTC(2031, 0), targets: new Map(paths.map((path) => [path, file])) });
}

const OF_PROJECT = release("abcd/left-pad/left_pad-1.tar.gz");

function fileOf({ file }: CiKey): Uint8Array {
  return file.use((bytes) => Uint8Array.from(bytes));
}

function open(key: CiKey, now = NOW): Identity {
  return identityOfCiKey(fileOf(key), () => now);
}

test("signs the list of files of its project", async () => {
  const key = makeCiKey(ACCOUNT, PROJECT, 90, NOW);
  assert.equal(key.limits.expires, Date.UTC(2026, 0, 1) + 90 * DAY);
  assert.deepEqual(readCiLimits(fileOf(key)), key.limits);
  using identity = open(key);
  assert.equal(identity.kind, "ci");
  const { release: signer } = key.publicKeys;
  const role = { keyIds: [signer.keyId], threshold: 1, unknown: new Map() };
  verifySignatures(
    readTargets(await identity.signRole(OF_PROJECT)),
    new Map([[signer.keyId, signer]]),
    role,
    "r.left-pad",
  );
});

test("signs nothing else: no other project, no owners' role, no root, no empty list", async () => {
  using identity = open(makeCiKey(ACCOUNT, PROJECT, 1, NOW));
  const delegations = makeDelegations({ keys: [], roles: [] });
  const roles = [
    release("abcd/other/other-1.tar.gz"),
    release("abcd/left-pad/left_pad-1.tar.gz", "abcd/other/other-1.tar.gz"),
    release("left-pad/left_pad-1.tar.gz"),
    release("abcd/left-pad/more/left_pad-1.tar.gz"),
    release("abcd/left-pad"),
    release(),
    { ...OF_PROJECT, delegations },
    makeRoot({
      version: 1,
      expires: 0,
      keys: [],
      roles: {
        root: { keyIds: [], threshold: 1 },
        timestamp: { keyIds: [], threshold: 1 },
        snapshot: { keyIds: [], threshold: 1 },
        targets: { keyIds: [], threshold: 1 },
      },
    }),
  ];
  for (const role of roles)
    await assert.rejects(identity.signRole(role), code("IDENTITY_SCOPE", /left-pad and nothing else/));
});

test("logs in and enrols; admits, appoints, withdraws and joins nobody", async () => {
  using identity = open(makeCiKey(ACCOUNT, PROJECT, 1, NOW));
  const own = { release: identity.publicKeys.release.identity, login: identity.publicKeys.login.identity };
  await identity.signStatement("login", context(), {});
  await identity.signStatement("enrol-release", context(), own);
  await identity.signStatement("enrol-login", context(), own);
  const refused = code("IDENTITY_SCOPE", /signs no statements/);
  await assert.rejects(identity.signStatement("admit", context(), own), refused);
  await assert.rejects(identity.signStatement("appoint", context(), { key: sha256("k") }), refused);
  await assert.rejects(identity.signStatement("revoke", context(), { key: sha256("k") }), refused);
  await assert.rejects(
    identity.signStatement("join", context(), { ...own, project: "p", invitation: sha256("i") }),
    refused,
  );
});

test("its end is its end: on opening, and for one that stayed open", async () => {
  const key = makeCiKey(ACCOUNT, PROJECT, 30, NOW);
  assert.throws(() => open(key, key.limits.expires), code("IDENTITY_EXPIRED", /2026-01-31T00:00:00Z/));
  open(key, key.limits.expires - 1).close();
  let now = NOW;
  using identity = identityOfCiKey(fileOf(key), () => now);
  await identity.signRole(OF_PROJECT);
  now = key.limits.expires;
  await assert.rejects(identity.signRole(OF_PROJECT), code("IDENTITY_EXPIRED"));
  await assert.rejects(identity.signStatement("login", context(), {}), code("IDENTITY_EXPIRED"));
});

test("lives 1 to 90 days", () => {
  for (const days of [0, -1, 91, 1.5, Number.NaN]) {
    assert.throws(() => makeCiKey(ACCOUNT, PROJECT, days, NOW), code("IDENTITY_CI_KEY", /1 to 90 days/));
  }
});

test("limits are bound into the keys: a file with better ones is a key that nobody knows", () => {
  const key = makeCiKey(ACCOUNT, PROJECT, 30, NOW);
  const text = Buffer.from(fileOf(key)).toString();
  const changes = [
    text.replace("Project: left-pad", "Project: right-pad"),
    text.replace("2026-01-31", "2026-03-31"),
    text.replace("Account: alice", "Account: bob"),
    text.replace(ACCOUNT.repository, sha256("another")),
  ];
  for (const changed of changes) {
    assert.notEqual(changed, text);
    using identity = identityOfCiKey(utf8(changed), () => NOW);
    assert.notEqual(identity.publicKeys.release.identity, key.publicKeys.release.identity);
  }
  const longer = text.replace("2026-01-31", "2026-05-01");
  assert.throws(() => identityOfCiKey(utf8(longer), () => NOW), code("IDENTITY_CI_KEY", /longer than 90 days/));
});

test("a secret store may change the ends of lines and the white space around", () => {
  const key = makeCiKey(ACCOUNT, PROJECT, 30, NOW);
  const text = Buffer.from(fileOf(key)).toString();
  for (const stored of [text.trimEnd(), text.replaceAll("\n", "\r\n"), `\n${text}\n\n`]) {
    using identity = identityOfCiKey(utf8(stored), () => NOW);
    assert.equal(identity.publicKeys.release.identity, key.publicKeys.release.identity);
  }
});

test("what is no CI key is refused without a word of it", () => {
  const text = Buffer.from(fileOf(makeCiKey(ACCOUNT, PROJECT, 30, NOW))).toString();
  const wrong = [
    "",
    "x".repeat(5000),
    text.replace("Account: alice", "Account: Alice"),
    text.replace("Project: left-pad", "Project: Left_Pad"),
    text.replace("Expires: 2026-01-31T00:00:00Z", "Expires: tomorrow"),
    text.replace("\n\n", "\nAdmin: yes\n\n"),
    text.replace(/[A-Za-z0-9+/]{43}=/, "c2hvcnQ="),
    text + text,
  ];
  const secret = /[A-Za-z0-9+/]{43}=/.exec(text)?.[0] ?? "none";
  for (const each of wrong) {
    assert.throws(
      () => identityOfCiKey(utf8(each), () => NOW),
      (error: Error) => {
        assert.ok(["IDENTITY_CI_KEY", "IDENTITY_ACCOUNT"].includes((error as { code?: string }).code ?? ""));
        assert.ok(!JSON.stringify([error.message, String(error.cause)]).includes(secret));
        return true;
      },
    );
  }
});

test("from a file that others cannot read, or from a descriptor", async (t) => {
  const key = makeCiKey(ACCOUNT, PROJECT, 30, NOW);
  const path = join(folder(t), "key");
  writeFileSync(path, fileOf(key), { mode: 0o600 });
  const sources = [{ path }, { descriptor: openSync(path, "r") }];
  for (const source of sources) {
    using identity = await openCiIdentity(source, () => NOW);
    assert.equal(identity.publicKeys.release.identity, key.publicKeys.release.identity);
  }
  chmodSync(path, 0o644);
  await assert.rejects(
    openCiIdentity({ path }, () => NOW),
    code("IDENTITY_FILE", /others/),
  );
});

test("the file is a secret: it does not print", () => {
  const key = makeCiKey(ACCOUNT, PROJECT, 30, NOW);
  assert.ok(!JSON.stringify(key.file).includes("BEGIN"));
  key.file.close();
  assert.throws(() => fileOf(key), code("IDENTITY_CLOSED"));
});
