import assert from "node:assert/strict";
import { test } from "node:test";
import { parseVersion } from "@countermark/packaging";
import { changeProject, composeProjectRole, composeReleaseRole, PROFILES, soleProject } from "@countermark/repository";
import { generateEd25519 } from "@countermark/tuf";
import { explain, type Explanation } from "../../src/explain/explain.ts";
import { inWords } from "../../src/explain/words.ts";
import { makeWheel } from "../../../../test/harness/distributions/distributions.ts";
import { openFixtureIndex, type FixtureIndex } from "../fixture/fixture-index.ts";
import { makeVisitor } from "../fixture/visitor.ts";

function held(index: FixtureIndex, name: string, version = "1.0") {
  const { filename, bytes } = makeWheel({ name, version });
  return index.hold(name, filename, bytes);
}

test("each kind of protection is told in words: who signs, how many did, who could forge", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const owner = generateEd25519().signer;
  index.repository.claim("claimed-one", owner, [held(index, "claimed-one"), held(index, "claimed-one", "2.0")]);
  index.repository.claim("recent-one", owner, [held(index, "recent-one")], "recently-claimed");
  index.repository.seal("sealed-one", [held(index, "sealed-one")]);
  index.repository.listUnclaimed("open-one", [held(index, "open-one")]);
  await index.repository.publish();
  const seen = await visitor.visit();
  const ask = async (project: string, version?: string): Promise<string> => {
    const meant = version === undefined ? undefined : parseVersion(version);
    return inWords(await explain(seen, visitor.ports.repository, project, meant), visitor.now);
  };
  const claimed = await ask("claimed-one");
  assert.match(claimed, /^claimed-one: 2 files; signed by its own developers \(ceremony/);
  assert.match(
    claimed,
    /r\.claimed-one version 1: the project's releasers, 1 of 1 key must sign \([0-9a-f]{12}\), 1 did/,
  );
  assert.match(claimed, /breaking into the index is not enough\.$/);
  assert.match(await ask("claimed-one", "2"), /^claimed-one 2: 1 file;/);
  assert.match(await ask("claimed-one", "3"), /^claimed-one 3: it is verified that .* has no such release$/);
  assert.match(await ask("recent-one"), /whose claim only the index vouches for so far[^]*until the next ceremony\.$/);
  assert.match(await ask("sealed-one"), /sealed as it was/);
  assert.match(await ask("open-one"), /breaking into the index is enough/);
  assert.match(await ask("nobody"), /has no such project$/);
});

test("a threshold that one owner alone can undo is told of", () => {
  const link = { version: 1, expires: "2030-01-01T00:00:00Z", keys: ["a", "b"], signed: ["a"] };
  const chain = (owners: number) => [
    { ...link, role: "p.x", holder: "the project's owners" as const, threshold: owners },
    { ...link, role: "r.x", holder: "the project's releasers" as const, threshold: 2 },
  ];
  const explanation: Explanation = {
    ...{ project: "x", index: "https://index.example.org/", fingerprint: "f".repeat(64), exists: true, ceremony: 1 },
    ...{ protection: "claimed", standing: { status: "active", reason: "" }, freshness: [], files: [], withdrawn: [] },
    chain: chain(1),
  };
  assert.match(
    inWords(explanation, 0),
    /\nWarning: 2 must sign a release, but one owner alone can change who they are/,
  );
  assert.doesNotMatch(inWords({ ...explanation, chain: chain(2) }, 0), /Warning/);
});

test("a list that rests on a key of CI is told of with its end, and installers hear of it two weeks before", async () => {
  await using index = await openFixtureIndex();
  await using visitor = await makeVisitor(index);
  const [ada, robot] = [generateEd25519().signer, generateEd25519().signer];
  const [soon, late] = [10, 60].map((days) => index.repository.now + days * 24 * 60 * 60 * 1000);
  const file = (project: string) => held(index, project);
  for (const [project, end] of [
    ["soon", soon],
    ["late", late],
    ["person", undefined],
  ] as const) {
    index.repository.claim(project, ada, [file(project)]);
    const by = end === undefined ? ada : robot;
    const draft = changeProject(soleProject(project, ada.publicKey), {
      addReleasers: [{ key: robot.publicKey, ciUntil: end ?? index.repository.now + 1000 }],
    });
    const term = { version: 1, expires: index.repository.now + PROFILES.default.developer };
    index.repository.add(`p.${project}`, composeProjectRole(draft, term), [ada]);
    const files = new Map([file(project)].map((each) => [each.filename, each]));
    index.repository.add(`r.${project}`, composeReleaseRole(project, files, term), [by]);
  }
  await index.repository.publish();
  const seen = await visitor.visit();
  for (const project of ["soon", "late", "person"]) {
    const words = inWords(await explain(seen, visitor.ports.repository, project), visitor.now);
    assert.equal(words.includes(`Warning: the list of ${project} rests on a key of CI`), project !== "person", words);
    const found = await seen.find(project, file(project).filename);
    await (await seen.open(found ?? assert.fail())).handle.close();
  }
  assert.equal(seen.warnings.length, 1);
  assert.match(seen.warnings[0] ?? "", /^the list of soon rests on a key of CI that ends at /);
});
