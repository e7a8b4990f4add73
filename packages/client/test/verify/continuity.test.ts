import assert from "node:assert/strict";
import { test } from "node:test";
import { projectRole, releaseRole, shardOf, shardRole } from "@countermark/repository";
import { generateEd25519, type Signer } from "@countermark/tuf";
import { makeWheel } from "../../../../test/harness/distributions/distributions.ts";
import { VerifiedIndex } from "../../src/verify/verified-index.ts";
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
  /** Takes the project's file from the last visit's snapshot. */
  install(): Promise<void>;
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
    async install() {
      const session = await visitor.visit();
      const found = await session.find(PROJECT, filename);
      const { handle } = await session.open(found ?? assert.fail());
      await handle.close();
      session.flush();
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
    await refused(scene.visit(), "CONTINUITY", /^alphapkg was claimed by its owners and no longer is/);
    await refused(scene.visit(), "CONTINUITY", /^alphapkg/);
  });
}

test("a recently claimed project that vanishes is refused: an absence is what a thief would show next", async () => {
  await using scene = await openScene();
  scene.claim(scene.owner, "recently-claimed");
  await scene.visit();
  scene.clear();
  await refused(scene.visit(), "CONTINUITY", /was claimed by its owners and no longer is/);
});

test("a recently claimed project in other hands is refused without its owners' word, also when promoted", async () => {
  await using scene = await openScene();
  scene.claim(scene.owner, "recently-claimed");
  await scene.visit();
  const { signer: thief } = generateEd25519();
  scene.clear();
  scene.claim(thief, "recently-claimed");
  await refused(scene.visit(), "CONTINUITY", /has other owners than before/);
  scene.clear();
  scene.claim(thief, "claimed");
  await refused(scene.visit(), "CONTINUITY", /has other owners than before/);
});

test("what the old owners signed does not move a recent claim to others, not even beside themselves", async () => {
  await using scene = await openScene();
  scene.claim(scene.owner, "recently-claimed");
  await scene.visit();
  const { repository } = scene.index;
  const shard = shardRole("recently-claimed", shardOf(repository.sharding, PROJECT));
  const claims = repository.role(shard).delegations ?? assert.fail();
  const claim = claims.roles.get(projectRole(PROJECT)) ?? assert.fail();
  const { publicKey } = generateEd25519().signer;
  const keys = new Map([...claims.keys, [publicKey.keyId, publicKey]]);
  const roles = new Map([...claims.roles, [claim.name, { ...claim, keyIds: [...claim.keyIds, publicKey.keyId] }]]);
  // The owners' own `p.`, byte for byte: it meets this delegation, too.
  repository.change(shard, { delegations: { ...claims, keys, roles } });
  await refused(scene.visit(), "CONTINUITY", /has other owners than before/);
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
  assert.match(String(await scene.visit()), /the recent claim of alphapkg was dropped when the index recovered/);
});

test("a sealed project may be claimed, with a warning, but not unsealed", async () => {
  await using scene = await openScene();
  scene.seal();
  assert.deepEqual(await scene.visit(), []);
  scene.clear();
  scene.list();
  await refused(scene.visit(), "CONTINUITY", /was sealed and no longer is/);
  scene.clear();
  scene.claim(scene.owner, "claimed");
  assert.match(String(await scene.visit()), /once sealed, is now claimed by [0-9a-f]{12}/);
});

test("a claimed project may go dormant, but not change hands", async () => {
  await using scene = await openScene();
  scene.claim(scene.owner, "claimed");
  await scene.visit();
  const { signer: heir } = generateEd25519();
  scene.clear();
  scene.claim(heir, "claimed");
  await refused(scene.visit(), "CONTINUITY", /has other owners than before/);
  scene.clear();
  scene.seal();
  assert.deepEqual(await scene.visit(), []);
});

test("a project is claimed with a warning to who had installed what nobody signed for; else silently", async () => {
  for (const installed of [true, false]) {
    await using scene = await openScene();
    scene.list();
    await scene.visit();
    if (installed) await scene.install();
    scene.claim(scene.owner, "recently-claimed");
    const warnings = await scene.visit();
    assert.equal(warnings.length, installed ? 1 : 0);
    if (installed) assert.match(String(warnings), /is now claimed by [0-9a-f]{12}; it had files before that/);
  }
});

test("a name that stood for other bytes when it was installed is refused, whoever lists it", async () => {
  await using scene = await openScene();
  scene.list();
  await scene.visit();
  const other = makeWheel({ name: PROJECT, version: "1.0", source: "print('other')\n" });
  const file = scene.index.hold(PROJECT, other.filename, other.bytes);
  scene.index.repository.listUnclaimed(PROJECT, [file]);
  assert.deepEqual(await scene.visit(), [], "what was only listed was never run");
  await scene.install();
  scene.list();
  await refused(scene.visit(), "CONTINUITY", /alphapkg-1\.0-py3-none-any\.whl of alphapkg is not the file it was/);
});

test("a session that was opened on an older snapshot leaves the memory of a newer one alone", async () => {
  await using scene = await openScene();
  const { index, visitor } = scene;
  scene.list();
  await index.repository.publish();
  const old = await visitor.visit();
  await old.listing(PROJECT);
  scene.claim(scene.owner, "recently-claimed");
  await index.repository.publish();
  const recent = await VerifiedIndex.open(visitor.ports, visitor.now);
  await recent.listing(PROJECT);
  recent.flush();
  old.flush();
  assert.equal(visitor.ports.store.project(index.fingerprint, PROJECT)?.protection, "recently-claimed");
});
