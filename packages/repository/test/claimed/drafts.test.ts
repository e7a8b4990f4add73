import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  adopt,
  changeFiles,
  changeProject,
  checkShape,
  composeProjectRole,
  composeReleaseRole,
  describeChange,
  filesIn,
  makeSharding,
  readProjectRole,
  readWish,
  soleProject,
  withWish,
  type FileList,
  type ReleaseFile,
} from "@countermark/repository";
import {
  computeKeyId,
  generateEd25519,
  jsonObject,
  readPublicKey,
  readTargets,
  signMetadata,
  type JsonObject,
  type Signer,
  type Targets,
} from "@countermark/tuf";
import { refusal } from "../refusal.ts";

const now = Date.parse("2026-05-12T10:00:00Z");
const term = { version: 1, expires: now };
const sharding = makeSharding(16);
const [ada, bob, robot] = [generateEd25519().signer, generateEd25519().signer, generateEd25519().signer];
const keyOf = (signer: Signer) => signer.publicKey;

function file(filename: string, more: Partial<ReleaseFile> = {}): ReleaseFile {
  return { filename, sha256: "ab".repeat(32), length: 3, uploadTime: now, ...more };
}

function list(...files: readonly ReleaseFile[]): FileList {
  return new Map(files.map((each) => [each.filename, each]));
}

async function published(role: Targets): Promise<Targets> {
  return readTargets(await signMetadata(role, [ada])).signed;
}

suite("p.<project>", () => {
  test("names at most 32 owners, 64 releasers, and 8 KiB of owners' keys", () => {
    const others = (count: number) => Array.from({ length: count }, () => ({ key: keyOf(generateEd25519().signer) }));
    const sole = soleProject("flask", keyOf(ada));
    assert.equal(changeProject(sole, { addOwners: others(31) }).owners.keys.length, 32, "control");
    assert.equal(changeProject(sole, { addReleasers: others(63) }).releasers?.keys.length, 64, "control");
    const padded = jsonObject({ ...Object.fromEntries(keyOf(bob).json), note: "x".repeat(9000) });
    const long = { key: readPublicKey(computeKeyId(padded), padded) };
    for (const [change, message] of [
      [{ addOwners: others(32) }, /33 owners/],
      [{ addReleasers: others(64) }, /65 releasers/],
      [{ addOwners: [long] }, /bytes of keys/],
    ] as const) {
      assert.throws(() => changeProject(sole, change), refusal("TX_KEYS", message));
    }
  });

  test("reads back as the draft that was signed, and has the layout's shape", async () => {
    const draft = changeProject(soleProject("flask", keyOf(ada), "Ada"), {
      addOwners: [{ key: keyOf(bob), person: "Bob" }],
      addReleasers: [
        { key: keyOf(bob), person: "Bob" },
        { key: keyOf(robot), ciUntil: now },
      ],
      ownersThreshold: 2,
      releaseThreshold: 2,
    });
    const role = await published(composeProjectRole(draft, term));
    checkShape("p.flask", role, sharding);
    const read = readProjectRole("flask", role, { keys: [], threshold: 1 });
    const ids = (keys: readonly { readonly keyId: string }[] = []) => keys.map(({ keyId }) => keyId);
    assert.deepEqual(ids(read.owners.keys).sort(), ids([keyOf(ada), keyOf(bob)]).sort());
    assert.deepEqual(ids(read.releasers?.keys), ids([keyOf(ada), keyOf(bob), keyOf(robot)]));
    assert.deepEqual([read.owners.threshold, read.releasers?.threshold], [2, 2]);
    assert.deepEqual([...read.persons.values()].sort(), ["Ada", "Bob"]);
    assert.deepEqual([...read.ciKeys], [[keyOf(robot).keyId, now]]);
  });

  test("keeps members that this program does not know", async () => {
    const draft = { ...soleProject("flask", keyOf(ada)), unknown: new Map([["x-later", 1]]) };
    const role = await published(composeProjectRole(draft, term));
    const changed = changeProject(readProjectRole("flask", role, draft.owners), { addOwners: [{ key: keyOf(bob) }] });
    assert.equal(composeProjectRole(changed, term).unknown.get("x-later"), 1);
  });

  test("labels and CI ends of keys that leave are gone", () => {
    const draft = changeProject(soleProject("flask", keyOf(ada), "Ada"), {
      addReleasers: [{ key: keyOf(robot), person: "robot", ciUntil: now }],
    });
    const without = changeProject(draft, { removeReleasers: [keyOf(robot).keyId] });
    assert.deepEqual([[...without.persons.values()], without.ciKeys.size], [["Ada"], 0]);
  });

  test("a change by which nobody could sign any more is refused", () => {
    const sole = soleProject("flask", keyOf(ada));
    assert.throws(() => changeProject(sole, { removeOwners: [keyOf(ada).keyId] }), refusal("DRAFT", /lost/));
    assert.throws(() => changeProject(sole, { ownersThreshold: 2 }), refusal("DRAFT"));
    assert.throws(() => changeProject(sole, { releaseThreshold: 2 }), refusal("DRAFT"));
    assert.equal(changeProject(sole, { removeReleasers: [keyOf(ada).keyId] }).releasers, undefined);
  });
});

suite("r.<project>", () => {
  test("reads back as the list that was signed, and has the layout's shape", async () => {
    const files = list(file("flask-1.0.tar.gz"), file("flask-2.0-py3-none-any.whl", { yanked: "broken" }));
    const role = await published(composeReleaseRole("flask", files, term));
    checkShape("r.flask", role, sharding);
    assert.deepEqual(filesIn(role, "flask"), files);
  });

  test("says what its releasers call the project, and nothing that would take it away", async () => {
    const wish = { status: "deprecated", reason: "use quart" } as const;
    const roleWith = (unknown: JsonObject) => published(composeReleaseRole("flask", list(), term, unknown));
    const role = await roleWith(withWish(new Map(), wish));
    checkShape("r.flask", role, sharding);
    assert.deepEqual(readWish(role, "r.flask"), wish);
    assert.equal(withWish(role.unknown, undefined).size, 0);
    const members = { status: "deprecated", reason: "" };
    for (const wrong of [
      { ...members, status: "quarantined" },
      { ...members, status: "active" },
      { ...members, reason: "x".repeat(1001) },
      { ...members, reason: "two\nlines" },
      { ...members, more: 1 },
      { status: "deprecated" },
    ]) {
      const bad = await roleWith(new Map([["x-countermark-project-status", jsonObject(wrong)]]));
      assert.throws(
        () => {
          checkShape("r.flask", bad, sharding);
        },
        refusal("ROLE_SHAPE"),
        JSON.stringify(wrong),
      );
    }
  });

  test("a change adds, yanks and removes what it names and leaves the rest", () => {
    const before = list(file("flask-1.0.tar.gz"), file("flask-2.0.tar.gz"), file("flask-3.0.tar.gz", { yanked: true }));
    const after = changeFiles(before, {
      add: [file("flask-4.0.tar.gz")],
      yank: new Map([["flask-2.0.tar.gz", "bad"]]),
      unyank: ["flask-3.0.tar.gz"],
      remove: ["flask-1.0.tar.gz"],
    });
    const expected = list(
      file("flask-2.0.tar.gz", { yanked: "bad" }),
      file("flask-3.0.tar.gz"),
      file("flask-4.0.tar.gz"),
    );
    assert.deepEqual(after, expected);
  });

  test("re-based onto what somebody else added, nothing of theirs is lost, and sending it twice changes nothing", () => {
    const change = { add: [file("flask-2.0.tar.gz")] };
    const theirs = list(file("flask-1.0.tar.gz"), file("flask-1.1.tar.gz"));
    const once = changeFiles(theirs, change);
    assert.deepEqual([...once.keys()], ["flask-1.0.tar.gz", "flask-1.1.tar.gz", "flask-2.0.tar.gz"]);
    assert.deepEqual(changeFiles(once, change), once);
  });

  test("a name never comes to stand for other content, whatever its spelling", () => {
    const before = list(file("flask-1.0.tar.gz"));
    for (const name of ["flask-1.0.tar.gz", "Flask-1.0.tar.gz", "flask-1.00.tar.gz"]) {
      const add = [file(name, { sha256: "cd".repeat(32) })];
      assert.throws(() => changeFiles(before, { add }), refusal("DRAFT", /stands already/), name);
    }
    assert.throws(() => changeFiles(before, { yank: new Map([["nope-1.tar.gz", true]]) }), refusal("DRAFT", /no file/));
  });

  test("taking over adopts each file and leaves out what was asked", () => {
    const files = adopt(list(file("flask-1.0.tar.gz"), file("flask-2.0.tar.gz")), new Set(["flask-1.0.tar.gz"]));
    assert.deepEqual(files, list(file("flask-2.0.tar.gz", { adopted: true })));
  });
});

suite("what one signs, in structured form", () => {
  const draft = soleProject("flask", keyOf(ada), "Ada");

  test("a release on top of another", () => {
    const before = { files: list(file("flask-2.31.0.tar.gz"), file("flask-2.4.tar.gz")), draft, r: 41 };
    const change = {
      add: [file("flask-2.32.tar.gz"), file("flask-2.32-py3-none-any.whl")],
      remove: ["flask-2.4.tar.gz"],
    };
    const described = describeChange("flask", before, { files: changeFiles(before.files, change), draft });
    assert.deepEqual(described.versions, ["2.32"]);
    assert.deepEqual(described.onTopOf, { version: "2.31.0", r: 41, uploaded: now });
    assert.deepEqual([described.added.length, described.removed.length, described.kept], [2, 1, 1]);
    assert.deepEqual([described.owners, described.releasers, described.warnings], [undefined, undefined, []]);
  });

  test("a project taken over", () => {
    const files = list(file("flask-1.0.tar.gz"));
    const described = describeChange("flask", { files }, { files: adopt(files), draft });
    assert.deepEqual(
      described.adopted.map(({ filename }) => filename),
      ["flask-1.0.tar.gz"],
    );
    assert.deepEqual(
      described.owners?.added.map(({ person }) => person),
      ["Ada"],
    );
    assert.equal(described.added.length, 0);
  });

  test("other content under a name that stands is seen, as a file less and a file more", () => {
    const before = list(file("flask-1.0.tar.gz"), file("flask-1.1.tar.gz"));
    const forged = file("flask-1.0.tar.gz", { sha256: "ee".repeat(32) });
    const after = new Map([...before, [forged.filename, forged]]);
    const draft = soleProject("flask", keyOf(ada), "Ada");
    const { added, removed, kept } = describeChange("flask", { files: before, draft }, { files: after, draft });
    assert.deepEqual([added, removed, kept], [[forged], [file("flask-1.0.tar.gz")], 1]);
  });

  test("whose a key is, and whether it is CI's, is seen when it changes: thresholds count persons", () => {
    const both = changeProject(soleProject("flask", keyOf(ada), "Ada"), {
      addReleasers: [{ key: keyOf(bob), person: "Ada" }],
    });
    const files = list();
    const split = { ...both, persons: new Map([...both.persons, [keyOf(bob).keyId, "Bob"]]) };
    const { releasers, owners } = describeChange("flask", { files, draft: both }, { files, draft: split });
    assert.deepEqual(owners, undefined);
    assert.deepEqual([releasers?.removed[0]?.person, releasers?.added[0]?.person], ["Ada", "Bob"]);
    assert.equal(
      describeChange("flask", { files, draft: both }, { files, draft: both }).releasers,
      undefined,
      "control",
    );
  });

  test("owners below releasers are warned of", () => {
    const weak = changeProject(draft, { addReleasers: [{ key: keyOf(bob) }], releaseThreshold: 2 });
    const described = describeChange("flask", { files: new Map(), draft }, { files: new Map(), draft: weak });
    assert.match(described.warnings.join(), /one stolen owner's key/);
    assert.deepEqual(described.releasers?.threshold, { before: 1, after: 2 });
  });
});
