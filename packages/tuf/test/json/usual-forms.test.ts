import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonObject, readSnapshot, readTargets, toJson, type Envelope, type Metadata } from "@countermark/tuf";
import { refused, signerNumber, utf8 } from "../support/repository.ts";

/*
 * What stands in a file in the form that most publishers write is gone over by patterns and read when it is asked for;
 * everything else is read at once, member by member. Nobody may be able to tell which it was.
 */

const SHA = "ab".repeat(32);
const KEYS = [signerNumber(1), signerNumber(2), signerNumber(3)].map(({ publicKey }) => publicKey);

function key(publicKey: string): string {
  return `{"keytype":"ed25519","keyval":{"public":"${publicKey}"},"scheme":"ed25519"}`;
}

const material = (n: number) => String((KEYS[n]?.json.get("keyval") as ReadonlyMap<string, string>).get("public"));

function snapshot(meta: string): Uint8Array {
  const common = '"_type":"snapshot","expires":"2030-01-01T00:00:00Z"';
  return utf8(`{"signatures":[],"signed":{${common},"meta":{${meta}},"spec_version":"1.0.0","version":1}}`);
}

function targets(keys: string, roles: string, files = ""): Uint8Array {
  const common = '"_type":"targets"';
  const delegations = `"delegations":{"keys":{${keys}},"roles":[${roles}]},"expires":"2030-01-01T00:00:00Z"`;
  return utf8(
    `{"signatures":[],"signed":{${common},${delegations},"spec_version":"1.0.0","targets":{${files}},"version":1}}`,
  );
}

function role(name: string, { keyids = '"a"', paths = '"x/*"', threshold = "1", terminating = "true" } = {}): string {
  return `{"keyids":[${keyids}],"name":"${name}","paths":[${paths}],"terminating":${terminating},"threshold":${threshold}}`;
}

/** The same members with a space before each: nothing stands in its usual form. */
function unusual(file: Uint8Array): Uint8Array {
  return utf8(new TextDecoder().decode(file).replaceAll('{"', '{ "'));
}

function plain(envelope: Envelope<Metadata>): unknown {
  return JSON.parse(
    JSON.stringify([...toJson(envelope.signed)], (_, value: unknown) =>
      value instanceof Map ? Object.fromEntries(value as Map<string, unknown>) : value,
    ),
  );
}

const META = `"a-b.json":{"version":3},"a.json":{"hashes":{"sha256":"${SHA}"},"length":0,"version":2},"b.json":{"length":12,"version":999999999999999}`;

test("entries of a snapshot are found, counted and listed as in a map that was read at once", () => {
  const [lazy, eager] = [readSnapshot(snapshot(META)), readSnapshot(unusual(snapshot(META)))].map(
    ({ signed }) => signed.meta,
  );
  assert.ok(lazy !== undefined && eager !== undefined);
  assert.deepEqual([lazy instanceof Map, eager instanceof Map], [false, true]);
  assert.equal(lazy.size, 3);
  assert.deepEqual([...lazy], [...eager]);
  assert.deepEqual([...lazy.keys()], ["a-b", "a", "b"]);
  assert.deepEqual([...lazy.values()], [...eager.values()]);
  assert.deepEqual([...lazy.entries()], [...eager.entries()]);
  const visited: unknown[] = [];
  lazy.forEach((value, name, map) => visited.push([name, value, map === lazy]));
  assert.deepEqual(
    visited,
    [...eager].map(([name, value]) => [name, value, true]),
  );
  for (const name of ["a", "b", "a-b", "a", "b"]) assert.deepEqual(lazy.get(name), eager.get(name), name);
  assert.equal(lazy.get("a"), lazy.get("a"));
  for (const name of ["", "A", "a.json", "aa", "c", "__proto__", 'a"', "é", "\0", "b.jso"]) {
    assert.equal(lazy.get(name), undefined, name);
    assert.ok(!lazy.has(name), name);
  }
  assert.ok(lazy.has("b") && lazy.has("a-b"));
});

test("each of many entries is found, in whatever order", () => {
  const names = Array.from({ length: 257 }, (_, n) => `role-${n}`).sort();
  const { meta } = readSnapshot(
    snapshot(names.map((name, n) => `"${name}.json":{"version":${n + 1}}`).join(",")),
  ).signed;
  for (const [n, name] of [...names.entries()].reverse()) assert.equal(meta.get(name)?.version, n + 1);
  for (const [n, name] of names.entries()) assert.equal(meta.get(name)?.version, n + 1);
});

test("a prototype's names are names like others", () => {
  const { meta } = readSnapshot(snapshot('"__proto__.json":{"version":1},"constructor.json":{"version":2}')).signed;
  assert.equal(meta.get("__proto__")?.version, 1);
  assert.equal(meta.get("constructor")?.version, 2);
  assert.equal(meta.get("toString"), undefined);
});

const FILES = `"d/f-1.0.tar.gz":{"hashes":{"sha256":"${SHA}"},"length":0},"e":{"hashes":{"sha256":"${SHA}"},"length":7}`;
const ROLES = [
  role("p.b", { paths: '"x/*","y/?","z/*/w"' }),
  role("p.a", { keyids: '"a","b"', terminating: "false", threshold: "2" }),
  role("p.c", { keyids: '""', paths: '""' }),
].join(",");
const SAME: readonly (readonly [what: string, read: (file: Uint8Array) => Envelope<Metadata>, file: Uint8Array])[] = [
  ["a snapshot", readSnapshot, snapshot(META)],
  ["a snapshot without entries", readSnapshot, snapshot("")],
  ["target files", readTargets, targets("", "", FILES)],
  ["keys and roles", readTargets, targets(`"a":${key(material(0))},"b":${key(material(1))}`, ROLES)],
  ["an entry of another form in the middle", readSnapshot, snapshot(META.replace('"version":2', '"version":2,"x":1'))],
  ["an entry of another form at the end", readSnapshot, snapshot(`${META},"c.json":{"version": 1}`)],
  ["an entry of another form at the beginning", readSnapshot, snapshot(`"A.json":{"version": 1},${META}`)],
  ["entries that do not ascend", readSnapshot, snapshot(`${META},"a0.json":{"version":1}`)],
  ["a name beyond ASCII", readSnapshot, snapshot(`${META},"é.json":{"version":1}`)],
  ["a name with an escape", readSnapshot, snapshot(`${META},"c\\"d.json":{"version":1}`)],
  ["white space between entries", readSnapshot, snapshot(META.replace(',"b', ' ,\n"b'))],
  ["white space behind the last entry", readSnapshot, snapshot(`${META} `)],
  ["a key of another type", readTargets, targets(`"a":${key(material(0))},"b":${key(material(1).toUpperCase())}`, "")],
  [
    "more items than a pattern covers",
    readTargets,
    targets("", role("p", { paths: Array.from({ length: 70 }, (_, n) => `"${n}/*"`).join(",") })),
  ],
];
for (const [what, read, file] of SAME) {
  test(`the same in either form: ${what}`, () => {
    assert.deepEqual(plain(read(file)), plain(read(unusual(file))));
  });
}

const SMALL = `${"00".repeat(31)}80`;
const WRONG: readonly (readonly [
  string,
  (file: Uint8Array) => Envelope<Metadata>,
  Uint8Array,
  Parameters<typeof refused>[1],
  RegExp,
])[] = [
  ["a name twice", readSnapshot, snapshot('"a.json":{"version":1},"a.json":{"version":1}'), "TUF_JSON", /twice/],
  [
    "a name twice, the first far back",
    readSnapshot,
    snapshot(`${META},"a.json":{"version":1}`),
    "TUF_JSON",
    /a\.json stands twice/,
  ],
  [
    "a name twice, the second in another form",
    readSnapshot,
    snapshot(`${META},"b.json":{"version": 1}`),
    "TUF_JSON",
    /twice/,
  ],
  ["a name twice by an escape", readSnapshot, snapshot(`${META},"\\u0062.json":{"version":1}`), "TUF_JSON", /twice/],
  ["version 0", readSnapshot, snapshot('"a.json":{"version":0}'), "TUF_FORMAT", /version is 0/],
  ["version 01", readSnapshot, snapshot('"a.json":{"version":01}'), "TUF_JSON", /leading zero/],
  ["version 2^53", readSnapshot, snapshot('"a.json":{"version":9007199254740992}'), "TUF_JSON", /beyond/],
  [
    "a length with a leading zero",
    readSnapshot,
    snapshot('"a.json":{"length":00,"version":1}'),
    "TUF_JSON",
    /leading zero/,
  ],
  ["a name without .json", readSnapshot, snapshot(`${META},"c":{"version":1}`), "TUF_FORMAT", /not a role name/],
  ["the name .json", readSnapshot, snapshot('".json":{"version":1}'), "TUF_FORMAT", /not a role name/],
  ["a comma behind the last", readSnapshot, snapshot(`${META},`), "TUF_JSON", /a member name was expected/],
  [
    "no comma between two",
    readSnapshot,
    snapshot('"a.json":{"version":1}"b.json":{"version":1}'),
    "TUF_JSON",
    /',' or '}'/,
  ],
  [
    "a short digest",
    readTargets,
    targets("", "", `"f":{"hashes":{"sha256":"${SHA.slice(2)}"},"length":1}`),
    "TUF_FORMAT",
    /64 hex/,
  ],
  [
    "a digest in upper case",
    readTargets,
    targets("", "", `"f":{"hashes":{"sha256":"${SHA.toUpperCase()}"},"length":1}`),
    "TUF_FORMAT",
    /hex/,
  ],
  ["a key of small order", readTargets, targets(`"a":${key(SMALL)}`, ""), "TUF_KEY", /small order/],
  [
    "a key of small order behind a good one",
    readTargets,
    targets(`"a":${key(material(0))},"b":${key(`ec${"ff".repeat(30)}7f`)}`, ""),
    "TUF_KEY",
    /small order/,
  ],
  [
    "a key that is not canonical",
    readTargets,
    targets(`"a":${key(`ee${"ff".repeat(30)}7f`)}`, ""),
    "TUF_KEY",
    /canonically/,
  ],
  ["a role named root", readTargets, targets("", role("root")), "TUF_FORMAT", /top-level/],
  ["a role without a name", readTargets, targets("", role("")), "TUF_FORMAT", /name is empty/],
  ["a role twice", readTargets, targets("", `${role("p")},${role("p")}`), "TUF_FORMAT", /twice/],
  ["a key id twice", readTargets, targets("", role("p", { keyids: '"a","b","a"' })), "TUF_FORMAT", /one key id twice/],
  ["threshold 0", readTargets, targets("", role("p", { threshold: "0" })), "TUF_FORMAT", /threshold is 0/],
  [
    "a pattern with a set",
    readTargets,
    targets("", role("p", { paths: '"a","[ab]"' })),
    "TUF_UNSUPPORTED",
    /differently/,
  ],
  [
    "a pattern that is too long",
    readTargets,
    targets("", role("p", { paths: `"a","${"b".repeat(4097)}"` })),
    "TUF_FORMAT",
    /longer/,
  ],
];
for (const [what, read, file, code, message] of WRONG) {
  test(`refused in either form: ${what}`, () => {
    refused(() => read(file), code, message);
    refused(() => read(unusual(file)), code, message);
  });
}

/** What a pattern goes over character by character could exhaust the engine's stack, and would throw no `TufError` then. */
const LONG = "n".repeat(20 * 1024 * 1024);
const HUGE: readonly (readonly [string, () => Envelope<Metadata>])[] = [
  ["a name in a snapshot", () => readSnapshot(snapshot(`"${LONG}.json":{"version":1}`))],
  ["an open name", () => readSnapshot(snapshot(`"${LONG}`))],
  ["a list of key ids", () => readTargets(targets("", role("p", { keyids: `"${LONG}","${LONG}"` })))],
  ["very many paths", () => readTargets(targets("", role("p", { paths: '"a",'.repeat(2 ** 20) })))],
];
for (const [what, read] of HUGE) {
  test(`takes or refuses ${what} of twenty megabytes`, () => {
    try {
      assert.ok(read().signed.version > 0);
    } catch (error) {
      assert.equal((error as Error).name, "TufError", String(error));
    }
  });
}

test("what is read late is what stood there, unknown members of keys included", () => {
  const file = targets(`"a":${key(material(0))}`, role("p"));
  const found = readTargets(file).signed.delegations?.keys.get("a") ?? assert.fail();
  assert.deepEqual(found.json, jsonObject({ keytype: "ed25519", keyval: { public: material(0) }, scheme: "ed25519" }));
  assert.equal(found.identity, KEYS[0]?.identity);
});

test("RFC 8259, 4: members that something other than one comma parts are refused, however usual each of them is", () => {
  const [one, two] = ['"a.json":{"version":1}', '"b.json":{"version":2}'];
  assert.equal(readSnapshot(snapshot(`${one},${two}`)).signed.meta.size, 2);
  for (const between of [";", " ", "}", ":", ",,", "", "\u0000"]) {
    refused(() => readSnapshot(snapshot(one + between + two)), "TUF_JSON", / \(byte \d+\)$/);
  }
});

test("TUF 4.4: hashes are lower-case hex, whose digits end at 9 and at f", () => {
  for (const wrong of ["/", ":", "`", "g", "F"]) {
    const entry = `"a.json":{"hashes":{"sha256":"${SHA.slice(1)}${wrong}"},"version":1}`;
    refused(() => readSnapshot(snapshot(entry)), "TUF_FORMAT", /is not lower-case hex/);
  }
});

test("RFC 8259: what begins no value is no JSON, rather than a value of the wrong kind", () => {
  for (const text of ["x", "]", "}", ","]) {
    refused(() => readSnapshot(utf8(text)), "TUF_JSON", /an object was expected \(byte 0\)/);
  }
  refused(() => readSnapshot(utf8("[]")), "TUF_FORMAT", /is not an object/);
});

test("behind the last name no text of the document's beginning passes for a name", () => {
  const file = `"a":{"hashes":{"sha256":"${SHA}"},"length":1}`;
  const spaced = utf8(` ${new TextDecoder().decode(targets("", role("p"), file))}`);
  const { targets: files } = readTargets(spaced).signed;
  assert.ok(!(files instanceof Map));
  assert.equal(files.get("{"), undefined);
  assert.ok(files.has("a"));
  assert.ok(!files.has("{"));
});
