/*
 * Delegations that are wrong, or that other clients read differently: through `countermark tuf`, each with its control.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test, type TestContext } from "node:test";
import { generateEd25519, type Signer } from "@countermark/tuf";
import { forge, serveRepository, SimulatedTufRepository, status, type Forgery } from "@countermark/testkit";
import { DoorClient, NOW } from "./tuf-door/door.ts";
import { hostile } from "./tuf-door/hostile.ts";

/** `first` and `second` may both speak for everything, and both list the target: the second's is the attacker's. */
function twoDelegations(repository: SimulatedTufRepository): void {
  repository.delegate("targets", { name: "first" });
  repository.delegate("targets", { name: "second" });
  repository.list("file", "good", { role: "first" });
  repository.list("file", "evil", { role: "second" });
}

async function resign(repository: SimulatedTufRepository, role: string, forgery: Forgery, by?: readonly Signer[]) {
  const name = `${repository.role(role).version}.${role}.json`;
  const file = await forge(repository.file(name), by ?? repository.signersOf(role), forgery);
  repository.files.set(name, file);
}

/** Signs targets anew with a change, and snapshot and timestamp to fit: whoever holds targets' keys could. */
async function forgeTargets(repository: SimulatedTufRepository, forgery: Forgery): Promise<void> {
  await resign(repository, "targets", forgery);
  await repository.publish();
}

const noFallThrough = { setting: twoDelegations, targets: ["file"] };

hostile("CVE-2024-47534 (go-tuf), TUF 5.6.7: a delegated role that is not there does not hand its paths to the next", {
  ...noFallThrough,
  flaw: (repository) => repository.files.delete("1.first.json"),
  reason: /INDEX_INCOMPLETE.*1\.first\.json is not there/,
});

hostile("TUF 5.6.3: a delegated role with a stranger's signature does not hand its paths to the next", {
  ...noFallThrough,
  flaw: async (repository) => {
    await resign(repository, "first", (text) => text, [generateEd25519().signer]);
    await repository.publish();
  },
  reason: /TUF_SIGNATURE.*first is signed by 0 of the 1/,
});

hostile("CVE-2026-6967 (tough), TUF 5.6.5: an expired delegated role does not hand its paths to the next", {
  ...noFallThrough,
  flaw: async (repository) => {
    repository.change("first", { expires: NOW });
    await repository.publish();
  },
  reason: /TUF_EXPIRED.*first expired/,
});

hostile(
  "CVE-2026-6967 (tough), TUF 5.6.2: a delegated role with other bytes than snapshot lists does not hand its paths to the next",
  {
    ...noFallThrough,
    flaw: (repository) => resign(repository, "first", { expires: "2031-01-01T00:00:00Z" }),
    reason: /TUF_INTEGRITY.*first/,
  },
);

hostile("TUF 5.6.7: a delegated role that snapshot does not list does not hand its paths to the next", {
  ...noFallThrough,
  flaw: async (repository) => {
    await repository.publish({
      meta: (meta) => {
        meta.delete("first");
        return meta;
      },
    });
  },
  reason: /TUF_ROLE.*snapshot does not list first/,
});

hostile("TUF 5.6.4: a delegated role in another version than snapshot lists is refused", {
  ...noFallThrough,
  flaw: async (repository) => {
    await repository.publish({ meta: (meta) => meta.set("first", { version: 2, unknown: new Map() }) });
    repository.files.set("2.first.json", repository.file("1.first.json"));
  },
  reason: /TUF_VERSION.*first has version 1/,
});

hostile("TUF 5.6.7: a server that is out for one role does not hand its paths to the next", {
  ...noFallThrough,
  flaw: (_, served) => served.answers.set("1.first.json", status(500)),
  reason: /INDEX_UNREACHABLE/,
});

const delegation = { setting: twoDelegations, targets: ["file"] };
const forms: readonly [string, Forgery, RegExp][] = [
  ["both paths and path_hash_prefixes", { "delegations/roles/0/path_hash_prefixes": ["0"] }, /TUF_FORMAT.*both/],
  ["neither paths nor path_hash_prefixes", { "delegations/roles/0/paths": undefined }, /TUF_FORMAT.*neither/],
  ["paths that are a string", { "delegations/roles/0/paths": "*" }, /TUF_FORMAT|TUF_JSON/],
  ["a role name that stands twice", { "delegations/roles/1/name": "first" }, /TUF_FORMAT.*twice/],
  ["the name of a top-level role", { "delegations/roles/1/name": "snapshot" }, /TUF_FORMAT.*top-level/],
  ["an empty role name", { "delegations/roles/1/name": "" }, /TUF_FORMAT/],
  ["no terminating flag", { "delegations/roles/0/terminating": undefined }, /TUF_FORMAT/],
  ["a threshold of 0 (CVE-2026-23992, go-tuf)", { "delegations/roles/0/threshold": 0 }, /TUF_FORMAT|TUF_JSON/],
  ["a glob that clients read differently", { "delegations/roles/0/paths": ["[a-z]*"] }, /TUF_UNSUPPORTED/],
  [
    "roles and succinct_roles at once",
    { "delegations/succinct_roles": { bit_length: 1, name_prefix: "b", keyids: [], threshold: 1 } },
    /TUF_FORMAT/,
  ],
  [
    "more than 32 bits of succinct roles",
    {
      "delegations/roles": undefined,
      "delegations/succinct_roles": { bit_length: 33, name_prefix: "b", keyids: [], threshold: 1 },
    },
    /TUF_FORMAT/,
  ],
];
for (const [what, forgery, reason] of forms) {
  hostile(`TUF 4.5, TAP 15: delegations with ${what} are refused`, {
    ...delegation,
    flaw: (repository) => forgeTargets(repository, forgery),
    reason,
  });
}

hostile("CVE-2026-6966 (tough): a signature that stands twice in a delegated role counts once, or not at all", {
  setting: (repository) => {
    repository.delegate("targets", {
      name: "role",
      threshold: 2,
      signers: [generateEd25519().signer, generateEd25519().signer],
    });
    repository.list("file", "good", { role: "role" });
  },
  targets: ["file"],
  flaw: async (repository) => {
    const [one] = repository.signersOf("role");
    await resign(repository, "role", (text) => text, one === undefined ? [] : [one, one]);
    await repository.publish();
  },
  reason: /TUF_FORMAT.*two for the key id|TUF_SIGNATURE.*role is signed by 1 of the 2/,
});

/** `a` and `b` both delegate to `shared`, each with a key of its own; the path of the test goes by `b` alone. */
async function diamond(repository: SimulatedTufRepository): Promise<void> {
  const [one, other] = [generateEd25519().signer, generateEd25519().signer];
  repository.delegate("targets", { name: "a", paths: ["by-a"] });
  repository.delegate("targets", { name: "b", paths: ["by-b"] });
  repository.delegate("a", { name: "shared", paths: ["by-a"], signers: [one] });
  repository.signers.set("shared", [other]);
  repository.delegate("b", { name: "shared", paths: ["by-b"] });
  repository.signers.set("shared", [one, other]);
  repository.list("by-a", "good", { role: "shared" });
  repository.list("by-b", "good", { role: "shared" });
  await repository.publish();
}

hostile("TUF 5.6.7: a role that one delegator's keys signed is not therefore another delegator's", {
  setting: diamond,
  targets: ["by-a", "by-b"],
  flaw: async (repository) => {
    const [one] = repository.signersOf("shared");
    await resign(repository, "shared", (text) => text, one === undefined ? [] : [one]);
    await repository.publish();
  },
  reason: /by-b: shared is signed by 0 of the 1/,
});

hostile("CVE-2021-41131 (python-tuf): a role named as a path stays in the metadata folder", {
  setting: (repository) => {
    repository.delegate("targets", { name: "../../escaped" });
    repository.list("file", "good", { role: "../../escaped" });
  },
  targets: ["file"],
  flaw: async (repository) => {
    await resign(repository, "../../escaped", (text) => text, [generateEd25519().signer]);
    await repository.publish();
  },
  reason: /TUF_SIGNATURE/,
  trusted: { root: 1, snapshot: 3, targets: 2, timestamp: 3 },
});

async function open(context: TestContext, build: (repository: SimulatedTufRepository) => unknown) {
  const repository = await SimulatedTufRepository.create(NOW);
  await build(repository);
  await repository.publish();
  const served = await serveRepository(repository);
  context.after(() => served[Symbol.asyncDispose]());
  const client = await DoorClient.trusting(context, repository.file("1.root.json"));
  return { repository, served, client };
}

for (const name of [
  "../../escaped",
  "/etc/passwd",
  "__proto__",
  "constructor",
  "42",
  "nul\0byte",
  "CON",
  "Root",
  "TARGETS",
  "é",
  "e\u0301",
  "a b?#%41",
  ".",
  "..",
  "x".repeat(300),
]) {
  test(`CVE-2021-41131 (python-tuf): ${JSON.stringify(name.slice(0, 20))} is a role name like others, and its file stays in the folder`, async (context) => {
    const { served, client } = await open(context, (repository) => {
      repository.delegate("targets", { name });
      repository.list("file", "good", { role: name });
    });
    const first = await client.download(served, "file");
    assert.equal(first.code, 0, first.err);
    assert.deepEqual(client.trustedFiles().length, 5);
    const asked = served.requests.length;
    assert.equal((await client.download(served, "file")).code, 0);
    assert.equal(served.requests.length, asked + 2, "the kept role was not found again");
  });
}

test("TUF 4.5: roles with whole numbers for names keep their order", async (context) => {
  const { client, served } = await open(context, (repository) => {
    for (const name of ["10", "9", "2"]) repository.delegate("targets", { name });
    repository.list("file", "good", { role: "10" });
    repository.list("file", "evil", { role: "2" });
  });
  assert.equal((await client.download(served, "file")).code, 0);
  assert.deepEqual(Object.values(client.downloads()), ["good"]);
});

test("TUF 5.6.7.1: a cycle of delegations ends", async (context) => {
  const { client, served } = await open(context, (repository) => {
    repository.delegate("targets", { name: "a" });
    repository.delegate("a", { name: "b" });
    repository.delegate("b", { name: "a" });
    repository.list("file", "good", { role: "b" });
  });
  assert.equal((await client.download(served, "file")).code, 0);
  const missing = await client.download(served, "other");
  assert.equal(missing.code, 1);
  assert.match(missing.err, /no role that is trusted with it lists it/);
});

async function chainOf(length: number, context: TestContext) {
  return await open(context, (repository) => {
    for (let at = 1; at < length; at += 1) repository.delegate(at === 1 ? "targets" : `r${at - 1}`, { name: `r${at}` });
    repository.list("file", "good", { role: `r${length - 1}` });
  });
}

test("TUF 5.6.7.1: a look-up asks 300 roles, and not one more", async (context) => {
  const enough = await chainOf(300, context);
  const found = await enough.client.download(enough.served, "file");
  assert.equal(found.code, 0, found.err);
  const { client, served } = await chainOf(301, context);
  const { code, err } = await client.download(served, "file");
  assert.equal(code, 1);
  assert.match(err, /TUF_ROLE.*more than 300 roles/);
});

test("CVE-2025-2886 (tough), TUF 5.6.7.2: behind a terminating delegation nobody is asked", async (context) => {
  const { client, served } = await open(context, (repository) => {
    repository.delegate("targets", { name: "first", terminating: true });
    repository.delegate("targets", { name: "second" });
    repository.list("file", "evil", { role: "second" });
  });
  const { code, err } = await client.download(served, "file");
  assert.equal(code, 1);
  assert.match(err, /no role that is trusted with it lists it/);
  assert.ok(!served.requests.includes("1.second.json"));
});

test("CVE-2020-6173 (python-tuf): tens of thousands of junk signatures beside the right one cost nothing", async (context) => {
  const { client, served, repository } = await open(context, (each) => {
    each.delegate("targets", { name: "role" });
    each.list("file", "good", { role: "role" });
  });
  const name = `${repository.role("role").version}.role.json`;
  const junk = Array.from({ length: 30_000 }, (_, at) => ({
    keyid: at.toString(16).padStart(64, "0"),
    sig: "00".repeat(64),
  }));
  const text = Buffer.from(repository.file(name)).toString();
  repository.files.set(name, Buffer.from(text.replace("}],", `},${JSON.stringify(junk).slice(1)},`)));
  await repository.publish();
  const { code, err } = await client.download(served, "file");
  assert.equal(code, 0, err);
});

test("TUF 4.5: a star does not go beyond a slash", async (context) => {
  const { client, served } = await open(context, (repository) => {
    repository.delegate("targets", { name: "first", paths: ["*"] });
    repository.list("folder/file", "evil", { role: "first" });
  });
  assert.equal((await client.download(served, "folder/file")).code, 1);
  assert.ok(!served.requests.includes("1.first.json"));
});

test("TUF 4.5: a role is not believed on paths that it was not trusted with", async (context) => {
  const { client, served } = await open(context, (repository) => {
    repository.delegate("targets", { name: "first", paths: ["mine/*"] });
    repository.list("mine/file", "good", { role: "first" });
    repository.list("theirs/file", "evil", { role: "first" });
  });
  assert.equal((await client.download(served, "mine/file")).code, 0);
  assert.equal((await client.download(served, "theirs/file")).code, 1);
});

test("a pattern of many stars takes no time to speak of", async (context) => {
  const { client, served } = await open(context, (repository) => {
    repository.delegate("targets", { name: "first", paths: [`${"*a".repeat(40)}b`] });
    repository.list("file", "good");
  });
  assert.equal((await client.download(served, "a".repeat(2000))).code, 1);
  assert.equal((await client.download(served, "file")).code, 0);
});

test("TUF 4.5: hash prefixes choose by the SHA-256 of the target path", async (context) => {
  const digit = createHash("sha256").update("dir/file").digest("hex").charAt(0);
  const others = Array.from("0123456789abcdef").filter((each) => each !== digit);
  const { client, served } = await open(context, (repository) => {
    repository.delegate("targets", { name: "others", pathHashPrefixes: others });
    repository.delegate("targets", { name: "its", pathHashPrefixes: [digit] });
    repository.list("dir/file", "evil", { role: "others" });
    repository.list("dir/file", "good", { role: "its" });
  });
  assert.equal((await client.download(served, "dir/file")).code, 0);
  assert.deepEqual(Object.values(client.downloads()), ["good"]);
  assert.ok(!served.requests.includes("1.others.json"));
});

for (const [bitLength, digits] of [
  [1, 1],
  [4, 1],
  [5, 2],
] as const) {
  test(`TAP 15: of 2^${bitLength} bins the right one is asked, and it alone`, async (context) => {
    const first = Number.parseInt(createHash("sha256").update("file").digest("hex").slice(0, 8), 16);
    const bin = `bin-${Math.floor(first / 2 ** (32 - bitLength))
      .toString(16)
      .padStart(digits, "0")}`;
    const { client, served } = await open(context, (repository) => {
      for (const name of repository.delegateSuccinctly("targets", "bin", bitLength)) {
        repository.list("file", name === bin ? "good" : "evil", { role: name });
      }
    });
    const { code, err } = await client.download(served, "file");
    assert.equal(code, 0, err);
    assert.deepEqual(Object.values(client.downloads()), ["good"]);
    assert.deepEqual(
      served.requests.filter((path) => path.includes("bin-")),
      [`1.${bin}.json`],
    );
  });
}
