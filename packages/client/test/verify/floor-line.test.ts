import assert from "node:assert/strict";
import { test } from "node:test";
import { formatFloorLine, type FloorLine } from "@countermark/repository";
import { generateEd25519 } from "@countermark/tuf";
import { floorLineOf, highestFloor, requireFloorLine, requireFloors } from "../../src/verify/floor-line.ts";
import { openFixtureIndex } from "../fixture/fixture-index.ts";
import { makeVisitor, refused } from "../fixture/visitor.ts";

test("the line of what is seen is met by what is seen, and names the pinned root", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  index.repository.claim("alphapkg", generateEd25519().signer, []);
  await index.repository.publish();
  const session = await visitor.visit();
  const line = await floorLineOf(session, ["alphapkg"]);
  assert.match(
    formatFloorLine(line),
    new RegExp(`^ceremony=1 root=1@${index.fingerprint} targets=1 claimed=1 sealed=1 p.alphapkg=1 r.alphapkg=1$`),
  );
  await requireFloorLine(session, line);
});

const raised: Record<string, (line: FloorLine) => FloorLine> = {
  "a later ceremony": (line) => ({ ...line, ceremony: 2 }),
  "a later root": (line) => ({ ...line, root: { ...line.root, version: 2 } }),
  "another root": (line) => ({ ...line, root: { ...line.root, sha256: "ab".repeat(32) } }),
  "a later role": (line) => ({ ...line, roles: new Map([...line.roles, ["claimed", 2]]) }),
  "a later role of a project": (line) => ({ ...line, roles: new Map([...line.roles, ["r.alphapkg", 2]]) }),
  "a project that is no longer claimed": (line) => ({ ...line, roles: new Map([...line.roles, ["p.betapkg", 1]]) }),
};
for (const [what, change] of Object.entries(raised)) {
  test(`an index below a line that names ${what} is refused`, async () => {
    await using index = await openFixtureIndex();
    await using visitor = await makeVisitor(index);
    index.repository.claim("alphapkg", generateEd25519().signer, []);
    await index.repository.publish();
    const session = await visitor.visit();
    const line = change(await floorLineOf(session, ["alphapkg"]));
    await refused(requireFloorLine(session, line), "METADATA_ROLLBACK", /floor line/);
  });
}

test("a floor that was taken over holds for later sessions", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const { store, repository } = visitor.ports;
  await visitor.visit();
  store.remember(repository.id, { floors: new Map([["targets", 2]]) });
  await refused(visitor.visit(), "METADATA_ROLLBACK", /targets version 1, below the 2/);
});

test("a client release's floor line holds for who has seen nothing yet, and nobody lowers it", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const session = await visitor.visit();
  const { id } = visitor.ports.repository;
  const seen = await floorLineOf(session);
  const higher = { ...seen, roles: new Map([...seen.roles, ["claimed", 2]]) };
  const release = (line: FloorLine, of = id) => new Map([[of, formatFloorLine(line)]]);
  assert.deepEqual(await requireFloors(session, id, undefined, release(seen)), seen);
  assert.equal(await requireFloors(session, id, undefined, release(higher, "ab".repeat(32))), undefined);
  await refused(requireFloors(session, id, undefined, release(higher)), "METADATA_ROLLBACK", /claimed has version 1/);
  await refused(requireFloors(session, id, seen, release(higher)), "METADATA_ROLLBACK", /claimed has version 1/);
  await refused(requireFloors(session, id, higher, release(seen)), "METADATA_ROLLBACK", /claimed has version 1/);
});

test("of several floor lines the highest of each role counts, and two roots of one version contradict each other", () => {
  const line = (claimed: number, sealed: number, sha = "ab", root = 1): FloorLine => ({
    ceremony: claimed,
    root: { version: root, sha256: sha.repeat(32) },
    roles: new Map([
      ["targets", 1],
      ["claimed", claimed],
      ["sealed", sealed],
    ]),
  });
  assert.equal(highestFloor([]), undefined);
  const highest = highestFloor([line(1, 5), line(3, 2, "cd", 2), line(2, 4)]);
  assert.deepEqual(highest, line(3, 5, "cd", 2));
  assert.throws(() => highestFloor([line(1, 1), line(1, 1, "cd")]), /another root of version 1/);
});
