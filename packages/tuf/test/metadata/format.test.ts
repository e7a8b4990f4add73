import assert from "node:assert/strict";
import { test } from "node:test";
import {
  jsonObject,
  makeDelegations,
  makeTargetFile,
  makeTargets,
  readSnapshot,
  readTargets,
  type Metadata,
  type TufErrorCode,
} from "@countermark/tuf";
import { DROP, edited, readAs, replaced, withMore, type Changes } from "../support/edit.ts";
import {
  EXPIRES,
  ONLINE,
  refused,
  roleOf,
  rootOf,
  sign,
  snapshotOf,
  targetsOf,
  timestampOf,
  utf8,
} from "../support/repository.ts";

const DIGEST = "ab".repeat(32);
const files = {
  root: await sign.root(rootOf()),
  timestamp: await sign.timestamp(timestampOf(7, { version: 7, length: 5, hashes: new Map([["sha256", DIGEST]]) })),
  snapshot: await sign.snapshot(snapshotOf(7, { targets: { version: 7 }, p: { version: 7 } })),
  targets: await sign.targets({
    ...targetsOf(7),
    targets: new Map([["f", makeTargetFile({ length: 5, sha256: DIGEST, custom: jsonObject({ a: 1 }) })]]),
  }),
} satisfies Record<Metadata["type"], Uint8Array>;
const types = Object.keys(files) as Metadata["type"][];

function refusesEdit(
  type: Metadata["type"],
  what: string,
  changes: Changes,
  message: RegExp,
  code: TufErrorCode = "TUF_FORMAT",
): void {
  test(`${type}: refuses ${what}`, () => {
    const file = edited(files[type], changes);
    refused(() => readAs(type, file), code, message);
  });
}

for (const type of types) {
  test(`${type}: what was written is read, and is canonical`, () => {
    const { signed, canonical, bytes, message } = readAs(type, files[type]);
    assert.equal(signed.type, type);
    assert.equal(signed.expires, EXPIRES);
    assert.ok(canonical);
    assert.equal(bytes, files[type]);
    const text = new TextDecoder().decode(bytes);
    assert.equal(new TextDecoder().decode(message), text.slice(text.indexOf('"signed":') + 9, -1));
  });

  // TUF 4.2: the file
  refusesEdit(type, "a file without signed", { signed: DROP }, /signed is missing/);
  refusesEdit(type, "a file without signatures", { signatures: DROP }, /signatures is missing/);
  refusesEdit(type, "signatures that are an object", { signatures: {} }, /signatures is not an array/);
  refusesEdit(type, "signed that is text", { signed: "{}" }, /signed is not an object/);
  refusesEdit(type, "a signature without keyid", { "signatures/0/keyid": DROP }, /keyid of a signature is missing/);
  refusesEdit(type, "a signature without sig", { "signatures/0/sig": DROP }, /sig of a signature is missing/);
  refusesEdit(type, "a signature that is not hex", { "signatures/0/sig": "xy" }, /not hex/);
  refusesEdit(type, "a signature of odd hex digits", { "signatures/0/sig": "abc" }, /not hex/);
  refusesEdit(type, "two signatures under one key id", { signatures: withMore() }, /two for the key id/);
  test(`${type}: refuses a file that is an array`, () => {
    refused(() => readAs(type, utf8("[]")), "TUF_FORMAT", /not an object/);
  });
  test(`${type}: refuses bytes behind the file`, () => {
    refused(() => readAs(type, utf8(`${new TextDecoder().decode(files[type])}{}`)), "TUF_JSON", /something follows/);
  });
  test(`${type}: refuses a second signed, which another reader could take for the first`, () => {
    const text = new TextDecoder().decode(files[type]);
    refused(() => readAs(type, utf8(text.replace(/}$/, ',"signed":{}}'))), "TUF_JSON", /twice/);
  });

  // TUF 4.3: members of every role
  for (const other of types.filter((each) => each !== type)) {
    test(`${type}: is not read as ${other} (mixed-up roles)`, () => {
      refused(() => readAs(other, files[type]), "TUF_FORMAT", /_type is /);
    });
  }
  for (const name of ["_type", "spec_version", "version", "expires"]) {
    refusesEdit(type, `signed without ${name}`, { [`signed/${name}`]: DROP }, new RegExp(`${name} is missing`));
    refusesEdit(type, `${name} null`, { [`signed/${name}`]: null }, new RegExp(`${name} is not `));
  }
  for (const [what, version] of [
    ["0", 0],
    ["negative", -1],
    ["a boolean", true],
    ["text", "7"],
    ["an array", [7]],
  ] as const) {
    refusesEdit(type, `a version that is ${what}`, { "signed/version": version }, /version is /);
  }
  for (const [what, version] of [
    ["1.0", "7.0"],
    ["0.5", "0.5"],
    ["an exponent", "7e0"],
    ["beyond 2^53", "9007199254740993"],
    ["of 400 digits", "9".repeat(400)],
  ] as const) {
    test(`${type}: refuses a version ${what}`, () => {
      const last = new TextDecoder().decode(files[type]).lastIndexOf('"version":');
      const text = new TextDecoder().decode(files[type]);
      const file = text.slice(0, last) + text.slice(last).replace(/"version":\d+/, `"version":${version}`);
      refused(() => readAs(type, utf8(file)), "TUF_JSON", /integer/);
    });
  }
  for (const text of ["2.0.0", "0.9.0", "10.0.0", "11.0", "01.0.0"]) {
    refusesEdit(type, `spec_version ${text}`, { "signed/spec_version": text }, /only 1.x/, "TUF_UNSUPPORTED");
  }
  for (const text of ["1", "1.", "1.0.0.0", "1.0.0-beta", "v1.0.0", "1.x", " 1.0.0", "1.0.0\n", ""]) {
    refusesEdit(type, `spec_version ${JSON.stringify(text)}`, { "signed/spec_version": text }, /not a version like/);
  }
  for (const text of ["2040", "2040-01-01T00:00:00", "2040-01-01T00:00:00.0Z", "2040-01-01T00:00:00+01:00"]) {
    refusesEdit(type, `expires ${text}`, { "signed/expires": text }, /is not a time/);
  }
  for (const text of ["1.0", "1.0.31", "1.1.0"]) {
    test(`${type}: reads spec_version ${text} (TAP 14: the same major version)`, () => {
      const file = edited(files[type], { "signed/spec_version": text });
      assert.equal(readAs(type, file).signed.specVersion, text);
    });
  }
  test(`${type}: unknown members stay beside signed and in it, prototype names too (TUF 4)`, () => {
    const file = replaced(
      edited(files[type], { note: [1] }),
      '"spec_version"',
      '"__proto__":{"x":1},"constructor":2,"spec_version"',
    );
    const { signed } = readAs(type, file);
    assert.deepEqual([...signed.unknown.keys()], ["__proto__", "constructor"]);
  });
}

// TUF 4.3: root
refusesEdit(
  "root",
  "a root without consistent_snapshot",
  { "signed/consistent_snapshot": DROP },
  /consistent_snapshot is missing/,
);
refusesEdit("root", "consistent_snapshot 1", { "signed/consistent_snapshot": 1 }, /not true or false/);
refusesEdit("root", "a root without keys", { "signed/keys": DROP }, /keys is missing/);
refusesEdit("root", "a root without roles", { "signed/roles": DROP }, /roles is missing/);
refusesEdit("root", "a key that is text", { "signed/keys/x": "" }, /x is not an object/);
refusesEdit("root", "a key of an unknown type", { "signed/keys/*/keytype": "x" }, /not supported/, "TUF_UNSUPPORTED");
for (const role of ["root", "timestamp", "snapshot", "targets"]) {
  refusesEdit(
    "root",
    `a root without the role ${role}`,
    { [`signed/roles/${role}`]: DROP },
    new RegExp(`role ${role} is missing`),
  );
}
for (const role of ["mirrors", "p", "__proto__x", "Root"]) {
  refusesEdit(
    "root",
    `the role ${role} in root`,
    { [`signed/roles/${role}`]: { keyids: [], threshold: 1 } },
    /not a top-level role/,
  );
}
for (const [what, threshold] of [
  ["0", 0],
  ["-1", -1],
  ['"1"', "1"],
  ["true", true],
  ["null", null],
] as const) {
  refusesEdit("root", `the threshold ${what}`, { "signed/roles/root/threshold": threshold }, /threshold is /);
  refusesEdit(
    "targets",
    `the threshold ${what}`,
    { "signed/delegations/roles/0/threshold": threshold },
    /threshold is /,
  );
}
for (const threshold of ["0.5", "1.0", "1e0"]) {
  test(`root: refuses the threshold ${threshold}`, () => {
    refused(
      () => readAs("root", replaced(files.root, '"threshold":1', `"threshold":${threshold}`)),
      "TUF_JSON",
      /integers/,
    );
  });
}
refusesEdit("root", "a role without threshold", { "signed/roles/root/threshold": DROP }, /threshold is missing/);
refusesEdit("root", "a role without keyids", { "signed/roles/root/keyids": DROP }, /keyids is missing/);
refusesEdit("root", "keyids that are text", { "signed/roles/root/keyids": "x" }, /keyids is not an array/);
refusesEdit("root", "a keyid that is a number", { "signed/roles/root/keyids": withMore(1) }, /keyids is not a string/);
refusesEdit("root", "one keyid twice in a role", { "signed/roles/root/keyids": withMore() }, /one key id twice/);

test("root: a keyid without a key, an empty role and a threshold above the keys are read: they can only fail to verify", () => {
  const file = edited(files.root, {
    "signed/roles/root/keyids": withMore("nobody"),
    "signed/roles/snapshot/keyids": [],
    "signed/roles/timestamp/threshold": 100,
  });
  assert.equal(readAs("root", file).signed.type, "root");
});

// TUF 4.4, 4.6: snapshot and timestamp
for (const type of ["snapshot", "timestamp"] as const) {
  const first = type === "snapshot" ? "targets.json" : "snapshot.json";
  refusesEdit(type, "no meta", { "signed/meta": DROP }, /meta is missing/);
  refusesEdit(type, "meta that is an array", { "signed/meta": [] }, /meta is not an object/);
  refusesEdit(type, "an entry without version", { [`signed/meta/${first}/version`]: DROP }, /version is missing/);
  refusesEdit(type, "an entry with version 0", { [`signed/meta/${first}/version`]: 0 }, /version is 0/);
  refusesEdit(type, "a negative length", { [`signed/meta/${first}/length`]: -1 }, /length is -1/);
  refusesEdit(type, "empty hashes", { [`signed/meta/${first}/hashes`]: {} }, /hashes is empty/);
  refusesEdit(
    type,
    "a digest in capitals",
    { [`signed/meta/${first}/hashes`]: { sha256: DIGEST.toUpperCase() } },
    /lower-case hex/,
  );
  refusesEdit(
    type,
    "a short digest",
    { [`signed/meta/${first}/hashes`]: { sha256: DIGEST.slice(2) } },
    /not a digest of 64 hex digits/,
  );
  refusesEdit(type, "a digest that is a path", { [`signed/meta/${first}/hashes`]: { md5: "../x" } }, /lower-case hex/);
  refusesEdit(type, "an empty digest", { [`signed/meta/${first}/hashes`]: { md5: "" } }, /lower-case hex/);
  refusesEdit(type, "a digest that is a number", { [`signed/meta/${first}/hashes`]: { sha256: 5 } }, /not a string/);
  refusesEdit(type, "a name without .json", { "signed/meta/x": { version: 1 } }, /not a role name with .json/);
  refusesEdit(
    type,
    "a name that is .json alone",
    { "signed/meta/.json": { version: 1 } },
    /not a role name with .json/,
  );
}
refusesEdit("timestamp", "a timestamp without snapshot.json", { "signed/meta": {} }, /snapshot.json is missing/);
refusesEdit("timestamp", "other files in timestamp", { "signed/meta/targets.json": { version: 1 } }, /other files/);

/** Names that are special somewhere: in a file system, in JavaScript, in a URL. The core treats all as opaque. */
const ODD_NAMES = [
  "../../etc/passwd",
  "/absolute",
  "a//b",
  ".",
  "..",
  "CON",
  "nul.txt",
  "__proto__",
  "constructor",
  "toString",
  "42",
  "007",
  "a\u0000b",
  "a\nb",
  "%2e%2e",
  "?#",
  "Role",
  "role",
  "caf\u00e9",
  "cafe\u0301",
  "\u{1f600}",
  " ",
  "x.json",
];

test("snapshot: odd role names are themselves, byte for byte; twins stay apart", async () => {
  const entries = ODD_NAMES.map((name, i) => [name, { version: i + 1 }] as const);
  const file = await sign.snapshot({
    ...snapshotOf(1, {}),
    meta: new Map(entries.map(([n, m]) => [n, { ...m, unknown: new Map() }])),
  });
  const { meta } = readSnapshot(file).signed;
  assert.equal(meta.size, ODD_NAMES.length);
  for (const [name, { version }] of entries) assert.equal(meta.get(name)?.version, version);
});

test("targets: odd role and target names are themselves, in the order of the file", async () => {
  const role = roleOf(ONLINE);
  const roles = ODD_NAMES.map((name) => ({ name, ...role, terminating: false, paths: ["*"] }));
  const targets = new Map(ODD_NAMES.map((name, length) => [name, makeTargetFile({ length, sha256: DIGEST })]));
  const file = await sign.targets(
    makeTargets({
      version: 1,
      expires: EXPIRES,
      targets,
      delegations: makeDelegations({ keys: [ONLINE.publicKey], roles }),
    }),
  );
  const { signed } = readTargets(file);
  assert.deepEqual([...(signed.delegations?.roles.keys() ?? [])], ODD_NAMES);
  for (const [length, name] of ODD_NAMES.entries()) assert.equal(signed.targets.get(name)?.length, length);
});

// TUF 4.5: targets and delegations
refusesEdit("targets", "no targets", { "signed/targets": DROP }, /targets is missing/);
refusesEdit("targets", "targets that are an array", { "signed/targets": [] }, /targets is not an object/);
refusesEdit("targets", "a file without length", { "signed/targets/f/length": DROP }, /length is missing/);
refusesEdit("targets", "a negative length", { "signed/targets/f/length": -1 }, /length is -1/);
refusesEdit("targets", "a length that is text", { "signed/targets/f/length": "5" }, /length is not an integer/);
refusesEdit("targets", "a file without hashes", { "signed/targets/f/hashes": DROP }, /hashes is missing/);
refusesEdit("targets", "empty hashes", { "signed/targets/f/hashes": {} }, /hashes is empty/);
refusesEdit("targets", "custom that is text", { "signed/targets/f/custom": "x" }, /custom is not an object/);
refusesEdit("targets", "delegations null", { "signed/delegations": null }, /delegations is not an object/);
refusesEdit(
  "targets",
  "delegations without keys",
  { "signed/delegations/keys": DROP },
  /keys of delegations is missing/,
);
refusesEdit(
  "targets",
  "delegations without roles",
  { "signed/delegations/roles": DROP },
  /roles of delegations is missing/,
);
refusesEdit(
  "targets",
  "roles and succinct roles",
  { "signed/delegations/succinct_roles": { bit_length: 1, name_prefix: "b", keyids: [], threshold: 1 } },
  /both roles and succinct_roles/,
);

function refusesRole(what: string, changes: Changes, message: RegExp, code?: TufErrorCode): void {
  const inRole = Object.entries(changes).map(([name, value]) => [`signed/delegations/roles/0/${name}`, value]);
  refusesEdit("targets", what, Object.fromEntries(inRole) as Changes, message, code);
}
refusesRole("a delegated role without name", { name: DROP }, /name of a delegated role is missing/);
refusesRole("a delegated role without terminating", { terminating: DROP }, /terminating is missing/);
refusesRole("terminating 0", { terminating: 0 }, /terminating is not true or false/);
refusesRole("an empty role name", { name: "" }, /name is empty/);
refusesRole("a role name that is a number", { name: 42 }, /name is not a string/);
for (const name of ["root", "timestamp", "snapshot", "targets"]) {
  refusesRole(`a delegated role named ${name}`, { name: name }, /a top-level role/);
}
refusesEdit("targets", "one role name twice", { "signed/delegations/roles": withMore() }, /the role p twice/);
refusesRole("neither paths nor path_hash_prefixes", { paths: DROP }, /neither of paths/);
refusesRole("both paths and path_hash_prefixes", { path_hash_prefixes: ["ab"] }, /both of paths/);
refusesRole("both, one of them empty", { path_hash_prefixes: [] }, /both of paths/);
refusesRole("paths that are text", { paths: "*" }, /paths is not an array/);
refusesRole("a path that is a number", { paths: [1] }, /paths is not a string/);
refusesRole("a pattern that never ends", { paths: ["*a".repeat(2049)] }, /longer than 4096/);
refusesRole("a pattern with a set", { paths: ["[ab]"] }, /clients read differently/, "TUF_UNSUPPORTED");
refusesRole("a pattern with an escape", { paths: ["a\\*"] }, /clients read differently/, "TUF_UNSUPPORTED");
for (const prefix of ["", "AB", "0x", "g", "a".repeat(65), " a"]) {
  refusesRole(
    `the hash prefix ${JSON.stringify(prefix)}`,
    { paths: DROP, path_hash_prefixes: [prefix] },
    /lower-case hex/,
  );
}

function succinct(changes: Changes): Changes {
  const roles = { bit_length: 8, name_prefix: "bin", keyids: [], threshold: 1, ...changes };
  return { "signed/delegations/roles": DROP, "signed/delegations/succinct_roles": roles };
}
for (const [what, bits, message] of [
  ["0", 0, /less than 1/],
  ["33", 33, /above 32/],
  ["negative", -8, /less than 1/],
  ["text", "8", /not an integer/],
] as const) {
  refusesEdit(
    "targets",
    `succinct roles with a bit_length that is ${what} (TAP 15)`,
    succinct({ bit_length: bits }),
    message,
  );
}
refusesEdit(
  "targets",
  "succinct roles without bit_length (TAP 15)",
  succinct({ bit_length: undefined }),
  /bit_length is missing/,
);
refusesEdit(
  "targets",
  "succinct roles without name_prefix (TAP 15)",
  succinct({ name_prefix: undefined }),
  /name_prefix is missing/,
);
refusesEdit("targets", "succinct roles with an empty name_prefix (TAP 15)", succinct({ name_prefix: "" }), /is empty/);
refusesEdit("targets", "succinct roles with threshold 0 (TAP 15)", succinct({ threshold: 0 }), /threshold is 0/);
