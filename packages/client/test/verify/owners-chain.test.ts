/*
 * A project changes hands. Who knew its owners follows their signatures from version to version of `p.`, whatever the
 * index's own keys say; the index here signs every delegation that an attacker wants, as a stolen one would.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  changeProject,
  composeProjectRole,
  composeReleaseRole,
  MAX_TRACED_VERSIONS,
  metadataUrl,
  NO_WITHDRAWALS,
  projectRole,
  releaseRole,
  shardOf,
  shardRole,
  soleProject,
  statusContent,
  withClaims,
  type KeySet,
  type ProjectDraft,
} from "@countermark/repository";
import { generateEd25519, signMetadata, type Signer } from "@countermark/tuf";
import { makeWheel } from "../../../../test/harness/distributions/distributions.ts";
import { openFixtureIndex, type FixtureIndex } from "../fixture/fixture-index.ts";
import { makeVisitor, refused, type Visitor } from "../fixture/visitor.ts";

const PROJECT = "alphapkg";
const [P, R] = [projectRole(PROJECT), releaseRole(PROJECT)];
type Kind = "claimed" | "recently-claimed";
const [ada, bob, carol] = [generateEd25519().signer, generateEd25519().signer, generateEd25519().signer];
const adas = soleProject(PROJECT, ada.publicKey, "Ada");
const shared = changeProject(adas, {
  addOwners: [{ key: bob.publicKey, person: "Bob" }],
  addReleasers: [{ key: bob.publicKey, person: "Bob" }],
});
const carols = soleProject(PROJECT, carol.publicKey, "Carol");

/** An index whose every key is at hand, with a project of which one wheel is released. */
class Scene implements AsyncDisposable {
  readonly index: FixtureIndex;
  readonly returning: Visitor;
  readonly kind: Kind;
  version = 0;

  private constructor(index: FixtureIndex, returning: Visitor, kind: Kind) {
    this.index = index;
    this.returning = returning;
    this.kind = kind;
  }

  static async open(kind: Kind = "recently-claimed"): Promise<Scene> {
    const index = await openFixtureIndex();
    return new Scene(index, await makeVisitor(index), kind);
  }

  /** The next versions of both roles; the delegation follows at once, unless the ceremony is still to come. */
  async stand(draft: ProjectDraft, owners: readonly Signer[], delegated: KeySet | false = draft.owners): Promise<void> {
    const { repository } = this.index;
    this.version += 1;
    const term = { version: this.version, expires: repository.now + 1e10 };
    repository.add(P, composeProjectRole(draft, term), owners);
    const { filename, bytes } = makeWheel({ name: PROJECT, version: "1.0" });
    const file = this.index.hold(PROJECT, filename, bytes);
    const keys = new Set(draft.releasers?.keys.map(({ keyId }) => keyId));
    const releasers = [ada, bob, carol].filter(({ publicKey }) => keys.has(publicKey.keyId));
    repository.add(R, composeReleaseRole(PROJECT, new Map([[filename, file]]), term), releasers);
    if (delegated !== false) this.delegate(delegated);
    await repository.publish();
  }

  delegate(owners: KeySet): void {
    const { repository } = this.index;
    const shard = shardRole(this.kind, shardOf(repository.sharding, PROJECT));
    const { targets, unknown, delegations } = repository.role(shard);
    const next = withClaims({ targets, unknown, ...(delegations && { delegations }) }, new Map([[PROJECT, owners]]));
    repository.change(shard, { ...(next.delegations && { delegations: next.delegations }) });
  }

  /** What a returning installer is warned of. */
  async visit(visitor = this.returning): Promise<readonly string[]> {
    const session = await visitor.visit();
    const listing = await session.listing(PROJECT);
    assert.equal(listing.files.length, 1);
    session.flush();
    return session.warnings;
  }

  async visitAnew(): Promise<readonly string[]> {
    await using visitor = await makeVisitor(this.index);
    return await this.visit(visitor);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.returning[Symbol.asyncDispose]();
    await this.index[Symbol.asyncDispose]();
  }
}

const NOT_AGREED = /alphapkg has other owners than before, and nothing shows that the old ones agreed: /;

for (const kind of ["recently-claimed", "claimed"] as const) {
  test(`${kind}: owners who all sign are followed, with a warning that names both; a new installer has nothing to compare`, async () => {
    await using scene = await Scene.open(kind);
    await scene.stand(shared, [ada]);
    assert.deepEqual(await scene.visit(), []);
    await scene.stand(carols, [ada, bob, carol]);
    const [owners, releasers] = await scene.visit();
    assert.match(
      String(owners),
      /not the same people as before: Carol \([0-9a-f]{12}\), after (Ada|Bob) .*who have all signed/,
    );
    assert.match(String(releasers), /Carol \([0-9a-f]{12}\) may now, Ada \([0-9a-f]{12}\), Bob .* may no longer/);
    assert.deepEqual(await scene.visit(), [], "once is enough");
    assert.deepEqual(await scene.visitAnew(), []);
  });

  test(`${kind}: owners in part, or none of them, are not followed`, async () => {
    for (const signers of [[carol], [ada, carol]]) {
      await using scene = await Scene.open(kind);
      await scene.stand(shared, [ada]);
      await scene.visit();
      await scene.stand(carols, signers);
      await refused(scene.visit(), "CONTINUITY", NOT_AGREED);
      await refused(scene.visit(), "CONTINUITY", NOT_AGREED);
    }
  });
}

test("several changes between two visits are followed one by one", async () => {
  await using scene = await Scene.open();
  await scene.stand(adas, [ada]);
  await scene.visit();
  await scene.stand(shared, [ada, bob]);
  await scene.stand(shared, [bob]);
  await scene.stand(carols, [ada, bob, carol]);
  assert.match(String(await scene.visit()), /Carol \([0-9a-f]{12}\), after Ada \([0-9a-f]{12}\), who have all signed/);
});

test("a change in the middle that one owner did not sign breaks the chain, however well it goes on", async () => {
  await using scene = await Scene.open();
  await scene.stand(shared, [ada]);
  await scene.visit();
  await scene.stand(adas, [ada]);
  await scene.stand(carols, [ada, carol]);
  await refused(
    scene.visit(),
    "CONTINUITY",
    /nothing shows .*: p\.alphapkg changes the owners: 1 of the 2 present owners/,
  );
});

test("a version that is withheld, or another in its place, is refused", async () => {
  await using scene = await Scene.open();
  await scene.stand(adas, [ada]);
  await scene.visit();
  await scene.stand(shared, [ada, bob]);
  await scene.stand(carols, [ada, bob, carol]);
  const { files } = scene.index.repository;
  const [first, second] = [1, 2].map((version) => metadataUrl(P, version).replace("tuf/", "")) as [string, string];
  const genuine = scene.index.repository.file(second);
  files.delete(second);
  await refused(scene.visit(), "INDEX_INCOMPLETE", /2\.p\.alphapkg.* which every index keeps for ever/);
  files.set(second, scene.index.repository.file(first));
  await refused(scene.visit(), "CONTINUITY", NOT_AGREED);
  files.set(second, Buffer.from("{}"));
  await refused(scene.visit(), "CONTINUITY", NOT_AGREED);
  files.set(second, genuine);
  assert.match(String(await scene.visit()), /after Ada/);
});

test("a version that was skipped is refused: versions go up by one", async () => {
  await using scene = await Scene.open();
  await scene.stand(adas, [ada]);
  await scene.visit();
  const skipped = composeProjectRole(carols, { version: 3, expires: scene.index.repository.now + 1e10 });
  scene.version = 2;
  const name = metadataUrl(P, 2).replace("tuf/", "");
  await scene.stand(carols, [ada, carol]);
  scene.index.repository.files.set(name, await signMetadata(skipped, [ada, carol]));
  await refused(scene.visit(), "CONTINUITY", NOT_AGREED);
});

test("a chain without an end is not followed for ever", async () => {
  await using scene = await Scene.open();
  await scene.stand(adas, [ada]);
  await scene.visit();
  scene.version = MAX_TRACED_VERSIONS + 10;
  for (let version = 2; version <= scene.version; version += 1) {
    const role = composeProjectRole(adas, { version, expires: scene.index.repository.now + 1e10 });
    scene.index.repository.files.set(metadataUrl(P, version).replace("tuf/", ""), await signMetadata(role, [ada]));
  }
  await scene.stand(carols, [ada, carol]);
  await refused(scene.visit(), "CONTINUITY", /more than 128 versions from/);
});

test("claimed: what the owners agreed on stands at the next ceremony, and then it is told; until then nobody is warned", async () => {
  await using scene = await Scene.open("claimed");
  await scene.stand(adas, [ada]);
  await scene.visit();
  await scene.stand({ ...carols, releasers: adas.releasers }, [ada, carol], false);
  assert.deepEqual(await scene.visit(), []);
  assert.deepEqual(await scene.visitAnew(), []);
  scene.delegate(carols.owners);
  await scene.index.repository.publish();
  assert.match(String(await scene.visit()), /Carol \([0-9a-f]{12}\), after [0-9a-f]{12}, who have all signed/);
});

test("claimed: an owner who was let go does not come back by the delegation that still names them", async () => {
  await using scene = await Scene.open("claimed");
  await scene.stand(shared, [ada]);
  await scene.visit();
  await scene.stand(adas, [ada, bob], false);
  await scene.visit();
  // Bob has stolen the index; the delegation names him until the next ceremony, and asks for one owner.
  await scene.stand({ ...shared, owners: { keys: [bob.publicKey], threshold: 1 } }, [bob], false);
  await refused(
    scene.visit(),
    "CONTINUITY",
    /owners' role of alphapkg does not follow from the one before: .* 0 of the 1 persons/,
  );
});

test("claimed: one owner of two, where one suffices to sign, does not make themselves the only one: not even before new installers", async () => {
  await using scene = await Scene.open("claimed");
  await scene.stand(shared, [ada]);
  await scene.stand({ ...adas, releasers: shared.releasers }, [ada], false);
  await refused(scene.visitAnew(), "CONTINUITY", /1 of the 2 present owners have signed, and all must/);
});

test("a returning installer that has no chain of the project yet begins where the known owners stood", async () => {
  await using scene = await Scene.open();
  await scene.stand(adas, [ada]);
  await scene.visit();
  const { store } = scene.returning.ports;
  const row = store.project(scene.index.fingerprint, PROJECT) ?? assert.fail();
  const { p, ...owners } = JSON.parse(row.owners ?? "") as Record<string, unknown>;
  assert.ok(p);
  const under = { root: 1, snapshot: 1e6 };
  store.remember(scene.index.fingerprint, {
    projects: new Map([[PROJECT, { ...row, ...under, owners: JSON.stringify(owners) }]]),
  });
  await scene.stand(shared, [ada, bob]);
  await scene.stand(carols, [ada, bob, carol]);
  assert.match(String(await scene.visit()), /Carol \([0-9a-f]{12}\), after Ada \([0-9a-f]{12}\)/);
});

test("a key of CI counts for nothing from its end on: what it alone has signed is refused, what a person has signed is not", async () => {
  await using scene = await Scene.open();
  const { repository } = scene.index;
  const end = repository.now + 1e8;
  const withCi = changeProject(adas, { addReleasers: [{ key: bob.publicKey, ciUntil: end }] });
  await scene.stand(withCi, [ada]);
  const signedBy = async (releaser: Signer): Promise<void> => {
    repository.signers.set(R, [releaser]);
    repository.change(R, {});
    await repository.publish();
  };
  const install = async () => (await scene.returning.visit()).project(PROJECT);
  await signedBy(bob);
  assert.equal((await install())?.files.length, 1);
  scene.returning.now = end;
  assert.deepEqual(await scene.visit(), [], "whoever signs the next list sees this one");
  await refused(install(), "METADATA_SIGNATURE", /r\.alphapkg is signed by 0 of the 1 persons it needs/);
  await signedBy(ada);
  assert.equal((await install())?.files.length, 1);
});

test("two keys of one person do not stand for two people once the other's key is withdrawn", async () => {
  await using scene = await Scene.open();
  const { repository } = scene.index;
  // Ada's second key is Carol's here; two people must release.
  const two = changeProject(adas, {
    addReleasers: [
      { key: bob.publicKey, person: "Bob" },
      { key: carol.publicKey, person: "Ada" },
    ],
    releaseThreshold: 2,
  });
  await scene.stand(two, [ada]);
  const install = async () => (await scene.returning.visit()).project(PROJECT);
  assert.equal((await install())?.files.length, 1);
  const withdraw = async (signer: Signer): Promise<void> => {
    const keys = new Map([[signer.publicKey.identity, "stolen"]]);
    const { unknown } = statusContent({ ...NO_WITHDRAWALS, keys });
    repository.change(shardRole("status", shardOf(repository.sharding, PROJECT)), { unknown });
    await repository.publish();
  };
  await withdraw(carol);
  assert.equal((await install())?.files.length, 1, "the control: Ada and Bob are left");
  await withdraw(bob);
  await refused(install(), "WITHDRAWN", /r\.alphapkg rests on a key that the index's operator withdrew: stolen/);
});
