/*
 * Metadata in forms that other clients take for something else: rightly signed, through `countermark tuf`, each with its
 * control. What is signed is refused for its form, so no lenient reader behind us can be fooled with it.
 */
import { forge, signText, type Forgery, type SimulatedTufRepository } from "@countermark/testkit";
import { hostile } from "./tuf-door/hostile.ts";

async function forgeTimestamp(repository: SimulatedTufRepository, forgery: Forgery): Promise<void> {
  const file = await forge(repository.file("timestamp.json"), repository.signersOf("timestamp"), forgery);
  repository.files.set("timestamp.json", file);
}

function timestamp(source: string, forgery: Forgery, reason = /TUF_FORMAT|TUF_JSON/): void {
  hostile(source, { flaw: (repository) => forgeTimestamp(repository, forgery), reason, trusted: { root: 1 } });
}

const versions: readonly [string, string][] = [
  ["zero", "0"],
  ["negative", "-7"],
  ["minus zero", "-0"],
  ["a boolean", "true"],
  ["1.0", "1.0"],
  ["1e0", "1e0"],
  ["a string", '"7"'],
  ["beyond 2^53", "9007199254740993"],
  ["with a leading zero", "01"],
];
for (const [what, text] of versions) {
  timestamp(`TUF 4.3: a version that is ${what} is refused`, (signed) =>
    signed.replace(/"version":1}$/, `"version":${text}}`),
  );
}

for (const expires of [
  "2040-01-01T00:00:00",
  "2040-01-01T00:00:00.5Z",
  "2040-01-01T00:00:00+00:00",
  "2040-01-01 00:00:00Z",
  "2040",
  "2040-02-30T00:00:00Z",
  "2040-01-01T24:00:00Z",
  "+12040-01-01T00:00:00Z",
  2208988800,
  null,
]) {
  timestamp(`TUF 4.2.1: ${JSON.stringify(expires)} is no date`, { expires });
}

timestamp(
  "TUF 4.3, TAP 14: another major version of the specification is refused",
  { spec_version: "2.0.0" },
  /TUF_UNSUPPORTED/,
);
timestamp("TUF 4.3: a spec_version that is none is refused", { spec_version: "1" });
timestamp("TUF 4.3: a spec_version that is a number is refused", { spec_version: 1 });
timestamp("TUF 4.3: a type of another role is refused", { _type: "snapshot" });
timestamp("TUF 4.3: a missing version is refused", { version: undefined });
timestamp("TUF 4.6: a timestamp that lists no snapshot is refused", { meta: {} });
timestamp("TUF 4.6: a timestamp that lists other files beside snapshot is refused", {
  "meta/targets.json": { version: 1 },
});
timestamp("TUF 4.4: empty hashes, which would check nothing, are refused", { "meta/snapshot.json/hashes": {} });
timestamp("TUF 4.4: a negative length is refused", { "meta/snapshot.json/length": -1 });

timestamp("RFC 8259, 4: a name that stands twice is refused (the second hides the first)", (text) =>
  text.replace(/"version":1}$/, '"version":9,"version":1}'),
);
timestamp("RFC 8259, 4: a name that stands twice, once escaped, is refused", (text) =>
  text.replace(/"version":1}$/, '"v\\u0065rsion":9,"version":1}'),
);
timestamp("RFC 8259, 8.2: half of a surrogate pair is refused", (text) =>
  text.replace(/"version":1}$/, '"version":1,"x":"\\ud800"}'),
);
timestamp("RFC 8259, 7: a raw line feed in a string is refused", (text) =>
  text.replace(/"version":1}$/, '"version":1,"x":"\n"}'),
);
timestamp("RFC 8259, 6: NaN is refused", (text) => text.replace(/"version":1}$/, '"version":1,"x":NaN}'));

function bytes(source: string, change: (file: Buffer) => Uint8Array): void {
  hostile(source, {
    flaw: (repository) => {
      repository.files.set("timestamp.json", change(Buffer.from(repository.file("timestamp.json"))));
    },
    reason: /TUF_FORMAT|TUF_JSON/,
    trusted: { root: 1 },
  });
}

bytes("RFC 8259, 8.1: a byte order mark is refused", (file) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), file]));
bytes("RFC 8259, 2: bytes behind the document are refused", (file) => Buffer.concat([file, Buffer.from("{}")]));
bytes("RFC 3629, 3: an overlong form of UTF-8 is refused", (file) =>
  Buffer.concat([file.subarray(0, -1), Buffer.from(',"x":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
);
bytes("16,000 open brackets are refused, and no stack is lost", () => Buffer.alloc(16_000, "["));
bytes("10,000 open objects are refused, and no stack is lost", () => Buffer.from('{"a":'.repeat(10_000)));
bytes("an empty file is refused", () => Buffer.alloc(0));
bytes("a page of HTML is refused", () => Buffer.from("<!doctype html><title>Sign in</title>"));
bytes("TUF 4.2: a file whose signatures are an object is refused", (file) =>
  Buffer.from(file.toString().replace('"signatures":[', '"signatures":{"0":').replace("}],", "}},")),
);
bytes("TUF 4.2: a file with two `signed` is refused (one is verified, the other is used)", (file) =>
  Buffer.from(`${file.toString().slice(0, -1)},"signed":{"_type":"timestamp","evil":1}}`),
);

hostile("TUF 4.4: a snapshot that names a role without .json is refused", {
  flaw: async (repository) => {
    const file = await forge(repository.file("1.snapshot.json"), repository.signersOf("snapshot"), {
      meta: { targets: { version: 1 } },
    });
    repository.files.set("1.snapshot.json", file);
    await forgeTimestamp(repository, { "meta/snapshot.json": { version: 1 } });
  },
  reason: /TUF_FORMAT/,
  trusted: { root: 1, timestamp: 1 },
});

hostile("TUF 5.5.2: the second hash counts as the first does", {
  setting: async (repository) => {
    await repository.publish();
  },
  flaw: async (repository) => {
    await forgeTimestamp(repository, { "meta/snapshot.json/hashes/sha512": "0".repeat(128) });
  },
  reason: /TUF_INTEGRITY.*sha512/,
  trusted: { root: 1, timestamp: 3 },
});

hostile("TUF 5.5.2: a hash of an algorithm that nobody knows is not passed over", {
  flaw: (repository) => forgeTimestamp(repository, { "meta/snapshot.json/hashes/crc32": "00000000" }),
  reason: /TUF_INTEGRITY.*crc32/,
});

hostile("CVE-2026-23991 (go-tuf): `signed` without a root in it is no root", {
  setting: (repository) => repository.nextRoot(),
  flaw: async (repository) => {
    repository.files.set("2.root.json", await signText("[]", repository.signersOf("root")));
  },
  reason: /TUF_FORMAT|TUF_JSON/,
  trusted: { root: 1 },
});

for (const [what, changes] of [
  ["consistent_snapshot", { consistent_snapshot: "yes" }],
  ["a role it does not know", { "roles/mirrors": { keyids: [], threshold: 1 } }],
  ["a missing role", { "roles/snapshot": undefined }],
  ["keys that are an array", { keys: [] }],
] as const) {
  hostile(`CVE-2026-23991 (go-tuf), TUF 4.3: a root with ${what} in another form is refused`, {
    setting: (repository) => repository.nextRoot(),
    flaw: async (repository) => {
      const root = await forge(repository.file("2.root.json"), repository.signersOf("root"), changes);
      repository.files.set("2.root.json", root);
    },
    reason: /TUF_FORMAT/,
    trusted: { root: 1 },
  });
}
