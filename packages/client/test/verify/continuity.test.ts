import assert from "node:assert/strict";
import { test } from "node:test";
import { projectRole, releaseRole, shardOf, shardRole } from "@countermark/repository";
import { generateEd25519, type Signer } from "@countermark/tuf";
import { makeWheel } from "../../../../test/harness/distributions/distributions.ts";
import { openFixtureIndex, type FixtureIndex } from "../fixture/fixture-index.ts";
import { makeVisitor, refused, type Visitor } from "../fixture/visitor.ts";

const PROJECT = "alphapkg";
type Kind = "claimed" | "recently-claimed";

interface Scene extends AsyncDisposable {
  readonly index: FixtureIndex;
  readonly visitor: Visitor;
  readonly owner: Signer;
  /** Makes the project somebody's, in place of whoever had it. */
  claim(owner: Signer, kind: Kind, alsoSignedBy?: readonly Signer[]): void;
  /** Takes away every claim, seal and unclaimed file of the project. */
  clear(): void;
  list(): void;
  seal(): void;
  /** Publishes and comes by as a returning installer; the warnings that are told. */
  visit(): Promise<readonly string[]>;
}

async function openScene(): Promise<Scene> {
  const index = await openFixtureIndex();
  const visitor = await makeVisitor(index);
  const { repository } = index;
  const { filename, bytes } = makeWheel({ name: PROJECT, version: "1.0" });
  const file = index.hold(PROJECT, filename, bytes);
  const shard = shardOf(repository.sharding, PROJECT);
  return {
    index,
    visitor,
    owner: generateEd25519().signer,
    claim(owner, kind, alsoSignedBy = []) {
      const before = repository.roles.get(projectRole(PROJECT))?.version ?? 0;
      repository.claim(PROJECT, owner, [file], kind);
      repository.change(projectRole(PROJECT), { version: before + 1 });
      repository.change(releaseRole(PROJECT), { version: before + 1 });
      repository.signers.set(projectRole(PROJECT), [owner, ...alsoSignedBy]);
    },
    clear() {
      for (const role of ["claimed", "sealed", "recently-claimed"] as const) {
        const { delegations, ...rest } = repository.role(shardRole(role, shard));
        if (delegations === undefined) continue;
        repository.roles.set(shardRole(role, shard), rest);
        repository.change(shardRole(role, shard), {});
      }
      repository.listUnclaimed(PROJECT, []);
    },
    list() {
      repository.listUnclaimed(PROJECT, [file]);
    },
    seal() {
      repository.seal(PROJECT, [file]);
    },
    async visit() {
      await repository.publish();
      const session = await visitor.visit();
      await session.listing(PROJECT);
      session.flush();
      return session.warnings;
    },
    async [Symbol.asyncDispose]() {
      await visitor[Symbol.asyncDispose]();
      await index[Symbol.asyncDispose]();
    },
  };
}

for (const kind of ["claimed", "recently-claimed"] as const) {
  test(`a ${kind} project is nobody's no more: refused, each time`, async () => {
    await using scene = await openScene();
    scene.claim(scene.owner, kind);
    assert.deepEqual(await scene.visit(), []);
    assert.deepEqual(await scene.visit(), []);
    scene.clear();
    scene.list();
    await refused(scene.visit(), "CONTINUITY", /^alphapkg was (signed|claimed) by its/);
    await refused(scene.visit(), "CONTINUITY", /^alphapkg/);
  });
}

test("a recently claimed project that vanishes is refused: an absence is what a thief would show next", async () => {
  await using scene = await openScene();
  scene.claim(scene.owner, "recently-claimed");
  await scene.visit();
  scene.clear();
  await refused(scene.visit(), "CONTINUITY", /the claim is gone/);
});

test("a recently claimed project in other hands is refused without its owners' word, also when promoted", async () => {
  await using scene = await openScene();
  scene.claim(scene.owner, "recently-claimed");
  await scene.visit();
  const { signer: thief } = generateEd25519();
  scene.clear();
  scene.claim(thief, "recently-claimed");
  await refused(scene.visit(), "CONTINUITY", /belonged to key [0-9a-f]{12}, and now to key [0-9a-f]{12}, without/);
  scene.clear();
  scene.claim(thief, "claimed");
  await refused(scene.visit(), "CONTINUITY", /without the former's word/);
});

test("owners who hand a project over are followed, with a warning", async () => {
  await using scene = await openScene();
  scene.claim(scene.owner, "recently-claimed");
  await scene.visit();
  const { signer: heir } = generateEd25519();
  scene.clear();
  scene.claim(heir, "recently-claimed", [scene.owner]);
  assert.match(String(await scene.visit()), /^alphapkg changed hands: from key .* to key /);
  assert.deepEqual(await scene.visit(), [], "told once");
});

test("a claim that is promoted with the same owners is no news", async () => {
  await using scene = await openScene();
  scene.claim(scene.owner, "recently-claimed");
  await scene.visit();
  scene.clear();
  scene.claim(scene.owner, "claimed");
  assert.deepEqual(await scene.visit(), []);
});

test("recent claims that a recovery cleared are let go, by the epoch that people signed", async () => {
  await using scene = await openScene();
  scene.claim(scene.owner, "recently-claimed");
  await scene.visit();
  scene.clear();
  scene.list();
  const { repository } = scene.index;
  const { unknown } = repository.role("targets");
  repository.change("targets", { unknown: new Map([...unknown, ["x-countermark-epoch", 1]]) });
  assert.match(String(await scene.visit()), /no longer claimed: the index cleared all recent claims/);
});

test("a sealed project may be claimed, with a warning, but not unsealed", async () => {
  await using scene = await openScene();
  scene.seal();
  assert.deepEqual(await scene.visit(), []);
  scene.clear();
  scene.list();
  await refused(scene.visit(), "CONTINUITY", /was sealed by the index's key holders/);
  scene.clear();
  scene.claim(scene.owner, "claimed");
  assert.match(String(await scene.visit()), /was sealed, and is now claimed by key/);
});

test("a claimed project may go dormant or change hands by the key holders' word, with a warning", async () => {
  await using scene = await openScene();
  scene.claim(scene.owner, "claimed");
  await scene.visit();
  const { signer: heir } = generateEd25519();
  scene.clear();
  scene.claim(heir, "claimed");
  assert.match(String(await scene.visit()), /changed hands/);
  scene.clear();
  scene.seal();
  assert.match(String(await scene.visit()), /sealed as it is/);
});

test("a project with files that nobody signed for is claimed with a warning; one that is sealed, without", async () => {
  await using scene = await openScene();
  scene.list();
  await scene.visit();
  scene.claim(scene.owner, "recently-claimed");
  assert.match(String(await scene.visit()), /had files that nobody signed for, and is now claimed by key/);
  await using other = await openScene();
  other.list();
  await other.visit();
  other.clear();
  other.seal();
  assert.deepEqual(await other.visit(), []);
});
