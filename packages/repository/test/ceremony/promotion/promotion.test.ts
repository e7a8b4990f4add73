import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  adopt,
  bundleDigest,
  ceremonyRoles,
  changeProject,
  checkShape,
  commonOverrides,
  composeCeremony,
  composeProjectRole,
  composeReleaseRole,
  decodeBundle,
  decodeSignatures,
  encodeBundle,
  encodeSignatures,
  firstCeremony,
  makeSharding,
  mergeCeremony,
  ownersOf,
  PROFILES,
  readClaimFloors,
  requirePrevious,
  shardOf,
  shardRole,
  signCeremony,
  soleProject,
  verifyOffered,
  type Bundle,
  type CeremonySignatures,
  type ComposedCeremony,
  type HoldersKeys,
  type OnlineSigners,
  type Overrides,
  type ProjectDraft,
  type ProposedClaim,
  type ReleaseFile,
  type RoleFile,
} from "@countermark/repository";
import { generateEd25519, readTargets, signMetadata, type Signer } from "@countermark/tuf";
import { refusal } from "../../refusal.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const PERIOD = PROFILES.default.ceremonyPeriod;
const sharding = makeSharding(16);
const someone = (): Signer => generateEd25519().signer;

/** Three holders of root and targets, of whom two must sign; two shard keys, of whom one must. */
class House {
  readonly people = [someone(), someone(), someone()];
  readonly machines = [someone(), someone()];
  readonly online: OnlineSigners = {
    snapshot: someone(),
    timestamp: someone(),
    status: someone(),
    recentlyClaimed: someone(),
    unclaimed: someone(),
  };
  roots: Uint8Array[] = [];
  current = new Map<string, Uint8Array>();
  repository = "";
  state: readonly string[] = [];
  /** What the holder's machine remembers. */
  remembered: string | undefined;
  roles = ceremonyRoles([]);
  now = NOW;

  static async found(): Promise<House> {
    const house = new House();
    const offline = {
      root: { signers: house.people, threshold: 2 },
      targets: { signers: house.people, threshold: 2 },
      shards: { signers: house.machines, threshold: 1 },
    };
    const first = await firstCeremony({
      ...{ offline, online: house.online, lifetimes: PROFILES.default, shards: 16, now: NOW },
    });
    const files = [
      first.root,
      ...first.roles.filter(({ name }) => !/^(status|recently-claimed|unclaimed\.)/.test(name)),
    ];
    house.repository = first.root.sha256;
    house.take(files);
    return house;
  }

  take(files: readonly RoleFile[]): void {
    for (const { name, bytes } of files) {
      this.current.set(name, bytes);
      if (name === "root") this.roots.push(bytes);
    }
    this.roles = ceremonyRoles(files);
  }

  propose(claims: readonly ProposedClaim[], unclaimed: readonly string[] = []): Bundle {
    const { repository, roots, state: previous, now: proposed } = this;
    return {
      repository,
      profile: "default",
      proposed,
      roots,
      current: new Map(this.current),
      previous,
      unclaimed,
      claims,
    };
  }

  keys(people: readonly Signer[] = this.people.slice(0, 2), machines = this.machines.slice(0, 1)): HoldersKeys {
    return { root: people, targets: people, shards: machines };
  }

  /** A whole ceremony: checked, signed by two who never meet, merged, taken over. */
  async hold(proposal: Bundle, overrides: Overrides = new Map()): Promise<ComposedCeremony> {
    const file = encodeBundle(proposal);
    const bundle = decodeBundle(file);
    verifyOffered(bundle, this.repository, this.roles);
    requirePrevious(bundle, this.remembered);
    const composed = composeCeremony(bundle, overrides);
    const about = { bundle: bundleDigest(file), overrides };
    const carried = [
      await signCeremony(composed, this.keys(this.people.slice(1, 2), []), about),
      await signCeremony(composed, this.keys(this.people.slice(2, 3)), about),
    ].map((each) => decodeSignatures(encodeSignatures(each)));
    this.take(mergeCeremony(composed, about.bundle, carried.reverse()));
    this.state = composed.state;
    this.remembered = composed.stateRoot;
    this.now += PERIOD;
    return composed;
  }
}

async function claimOf(project: string, owner: Signer, more: Partial<ProposedClaim> = {}): Promise<ProposedClaim> {
  return {
    project,
    standing: "recently-claimed",
    p: [await pOf(soleProject(project, owner.publicKey), 1, owner)],
    r: await rOf(project, 1, [owner]),
    ...more,
  };
}

const term = (version: number) => ({ version, expires: NOW + PROFILES.default.developer });
const pOf = (draft: ProjectDraft, version: number, ...signers: readonly Signer[]) =>
  signMetadata(composeProjectRole(draft, term(version)), signers);

async function rOf(project: string, version: number, signers: readonly Signer[], adopted = false): Promise<Uint8Array> {
  const filename = `${project}-1.0.tar.gz`;
  const files = new Map<string, ReleaseFile>([
    [filename, { filename, sha256: "ab".repeat(32), length: 1, uploadTime: NOW }],
  ]);
  return signMetadata(composeReleaseRole(project, adopted ? adopt(files) : files, term(version)), signers);
}

const actions = ({ decisions }: ComposedCeremony) => decisions.map(({ project, action }) => `${project} ${action}`);
const unclaimedLine = (project: string) => `${project} unclaimed ${"cd".repeat(32)}`;

test("a claim of a project that never had files is promoted after one whole period, with floors under both roles", async () => {
  const [house, ada] = [await House.found(), someone()];
  const claim = await claimOf("flask", ada);
  assert.deepEqual(actions(await house.hold(house.propose([claim]))), ["flask wait"]);
  const shard = shardRole("claimed", shardOf(sharding, "flask"));
  assert.equal(readTargets(house.current.get(shard) ?? assert.fail()).signed.delegations, undefined);
  const next = { ...claim, r: await rOf("flask", 2, [ada]) };
  assert.deepEqual(actions(await house.hold(house.propose([next]))), ["flask promote"]);
  const { signed } = readTargets(house.current.get(shard) ?? assert.fail());
  checkShape(shard, signed, sharding);
  assert.deepEqual(ownersOf(signed.delegations, "p.flask"), { keys: [ada.publicKey.identity], threshold: 1 });
  assert.deepEqual(readClaimFloors(signed, shard).get("flask"), { p: 1, r: 2 });
  assert.equal(signed.expires, NOW + PERIOD + PROFILES.default.offline);
});

test("a claim of a project that had files waits two ceremonies, whether the index or its own list says so", async () => {
  const [house, ada, bob] = [await House.found(), someone(), someone()];
  await house.hold(house.propose([], [unclaimedLine("django")]));
  const django = await claimOf("django", ada);
  const flask = { ...(await claimOf("flask", bob)), r: await rOf("flask", 1, [bob], true) };
  assert.deepEqual(actions(await house.hold(house.propose([django, flask]))), ["django wait", "flask wait"]);
  assert.deepEqual(actions(await house.hold(house.propose([django, flask]))), ["django wait", "flask wait"]);
  assert.deepEqual(actions(await house.hold(house.propose([django, flask]))), ["django promote", "flask promote"]);
});

test("two ceremonies on one day are no period", async () => {
  const [house, ada] = [await House.found(), someone()];
  const claim = await claimOf("flask", ada);
  await house.hold(house.propose([claim]));
  house.now = NOW + 60 * 60 * 1000;
  assert.deepEqual(actions(await house.hold(house.propose([claim]))), ["flask wait"]);
  assert.deepEqual(actions(await house.hold(house.propose([claim]))), ["flask promote"], "a period later");
});

test("other owners begin anew: whoever takes a claim over in between is not promoted with its age", async () => {
  const [house, ada, eve] = [await House.found(), someone(), someone()];
  const claim = await claimOf("flask", ada);
  await house.hold(house.propose([claim]));
  const given = soleProject("flask", eve.publicKey);
  const taken = { ...claim, p: [...claim.p, await pOf(given, 2, ada, eve)], r: await rOf("flask", 2, [eve]) };
  assert.deepEqual(actions(await house.hold(house.propose([taken]))), ["flask wait"]);
});

test("against the rule only with a reason, which the decision keeps", async () => {
  const [house, ada] = [await House.found(), someone()];
  const composed = await house.hold(
    house.propose([await claimOf("flask", ada)]),
    new Map([["flask", "met in person"]]),
  );
  const [decision] = composed.decisions;
  assert.deepEqual([decision?.action, decision?.override, decision?.risk], ["promote", "met in person", 2]);
  const bundle = house.propose([await claimOf("flask", ada)]);
  assert.throws(() => composeCeremony(bundle, new Map([["other", "x"]])), refusal("CEREMONY", /not proposed/));
});

test("a claimed project's owners change by all of them, and its floors rise", async () => {
  const [house, ada, bob] = [await House.found(), someone(), someone()];
  const claim = await claimOf("flask", ada);
  await house.hold(house.propose([claim]));
  await house.hold(house.propose([claim]));
  const both = changeProject(soleProject("flask", ada.publicKey), { addOwners: [{ key: bob.publicKey }] });
  const changed: ProposedClaim = {
    ...{ project: "flask", standing: "claimed" },
    p: [...claim.p, await pOf(both, 2, ada, bob)],
    r: await rOf("flask", 2, [ada]),
  };
  const composed = await house.hold(house.propose([changed]));
  assert.deepEqual(
    composed.decisions.map(({ action, risk }) => [action, risk]),
    [["update", 1]],
  );
  const shard = shardRole("claimed", shardOf(sharding, "flask"));
  const { signed } = readTargets(house.current.get(shard) ?? assert.fail());
  assert.equal(ownersOf(signed.delegations, "p.flask")?.keys.length, 2);
  assert.deepEqual(readClaimFloors(signed, shard).get("flask"), { p: 2, r: 2 });
  assert.deepEqual(actions(await house.hold(house.propose([]))), [], "unchanged claims need not be shown again");
  assert.ok(
    house.state.some((line) => line.startsWith("flask claimed since=4@")),
    house.state.join("\n"),
  );
});

suite("what an index that was broken into proposes is refused", () => {
  const refused = async (
    change: (claim: ProposedClaim, ada: Signer, eve: Signer) => Promise<Partial<ProposedClaim>>,
  ) => {
    const [house, ada, eve] = [await House.found(), someone(), someone()];
    const claim = await claimOf("flask", ada);
    await house.hold(house.propose([claim]));
    composeCeremony(house.propose([claim]), new Map());
    const bad = { ...claim, ...(await change(claim, ada, eve)) };
    assert.throws(() => composeCeremony(house.propose([bad]), new Map()), refusal("CEREMONY_CLAIM"));
  };

  test("another p. under the same version", () =>
    refused(async (_claim, _ada, eve) => ({
      p: [await pOf(soleProject("flask", eve.publicKey), 1, eve)],
      r: await rOf("flask", 1, [eve]),
    })));
  test("a change of owners that the old ones have not signed", () =>
    refused(async ({ p }, _ada, eve) => ({
      p: [...p, await pOf(soleProject("flask", eve.publicKey), 2, eve)],
      r: await rOf("flask", 1, [eve]),
    })));
  test("a chain with a gap", () =>
    refused(async ({ p }, ada) => ({ p: [...p, await pOf(soleProject("flask", ada.publicKey), 3, ada)] })));
  test("a list that its releasers have not signed", () =>
    refused(async (_claim, _ada, eve) => ({ r: await rOf("flask", 2, [eve]) })));
  test("a list older than the last ceremony saw, or another one of its version: its releasers' floor would sink", async () => {
    const [house, ada] = [await House.found(), someone()];
    const [claim, first, other] = [
      await claimOf("flask", ada),
      await rOf("flask", 1, [ada]),
      await rOf("flask", 2, [ada], true),
    ];
    const standing = { ...claim, r: await rOf("flask", 2, [ada]) };
    await house.hold(house.propose([standing]));
    for (const r of [first, other]) {
      const bundle = house.propose([{ ...standing, r }]);
      assert.throws(() => composeCeremony(bundle, new Map()), refusal("CEREMONY_CLAIM", /last ceremony saw r. 2/));
    }
    composeCeremony(house.propose([{ ...standing, r: await rOf("flask", 3, [ada]) }]), new Map());
  });
  test("a label that reads like another owner's line, by which one owner would put the other out", async () => {
    const house = await House.found();
    const owners = [someone(), someone()].sort((a, b) => (a.publicKey.identity < b.publicKey.identity ? -1 : 1));
    const [first = assert.fail(), second = assert.fail()] = owners;
    const keys = { keys: [first.publicKey, second.publicKey], threshold: 1 };
    const draft = { ...soleProject("flask", first.publicKey, "Ada"), owners: keys };
    const label = `Ada\n${second.publicKey.identity} `;
    const p = await pOf(draft, 1, first, second);
    const claim = await claimOf("flask", first, { p: [p] });
    await house.hold(house.propose([claim]));
    const usurped = await pOf(soleProject("flask", first.publicKey, label), 2, first);
    const bundle = house.propose([{ ...claim, p: [p, usurped] }]);
    assert.throws(() => composeCeremony(bundle, new Map()), refusal("CEREMONY_CLAIM", /canonical/));
    const both = await pOf(soleProject("flask", first.publicKey, "Ada"), 2, first, second);
    composeCeremony(house.propose([{ ...claim, p: [p, both] }]), new Map());
  });
  test("another profile, whose shorter periods would be over already", async () => {
    const [house, ada] = [await House.found(), someone()];
    const claim = await claimOf("flask", ada);
    await house.hold(house.propose([claim]));
    house.now = NOW + PROFILES.public.ceremonyPeriod;
    assert.deepEqual(actions(composeCeremony(house.propose([claim]), new Map())), ["flask wait"], "control");
    const hasty: Bundle = { ...house.propose([claim]), profile: "public" };
    assert.throws(() => composeCeremony(hasty, new Map()), refusal("CEREMONY", /profile public/));
  });
  test("a project with files that is left out of one ceremony, to be claimed as new before the next", async () => {
    const [house, eve] = [await House.found(), someone()];
    await house.hold(house.propose([], [unclaimedLine("flask")]));
    await house.hold(house.propose([], []));
    const claim = await claimOf("flask", eve);
    await house.hold(house.propose([claim]));
    assert.deepEqual(actions(await house.hold(house.propose([claim]))), ["flask wait"]);
    assert.deepEqual(actions(await house.hold(house.propose([claim]))), ["flask promote"], "after both periods");
  });
  test("a list of another project", () => refused(async (_claim, ada) => ({ r: await rOf("django", 1, [ada]) })));
  test("a first sight that does not begin with the first p.", async () => {
    const [house, ada] = [await House.found(), someone()];
    const late = await claimOf("flask", ada, { p: [await pOf(soleProject("flask", ada.publicKey), 2, ada)] });
    assert.throws(() => composeCeremony(house.propose([late]), new Map()), refusal("CEREMONY_CLAIM", /begins later/));
  });

  test("another past, in which a new claim is old", async () => {
    const [house, eve] = [await House.found(), someone()];
    const claim = await claimOf("flask", eve);
    const dreamt = composeCeremony(house.propose([claim]), new Map()).state;
    const bundle = { ...house.propose([claim]), previous: dreamt };
    assert.throws(() => requirePrevious(bundle, house.remembered), refusal("CEREMONY_STATE"));
    requirePrevious(house.propose([claim]), house.remembered);
    const forgetful = await House.found();
    await forgetful.hold(forgetful.propose([], [unclaimedLine("flask")]));
    assert.throws(() => requirePrevious({ previous: [] }, forgetful.remembered), refusal("CEREMONY_STATE"));
  });
});

suite("signatures", () => {
  const prepare = async () => {
    const [house, ada] = [await House.found(), someone()];
    const file = encodeBundle(house.propose([await claimOf("flask", ada)]));
    const composed = composeCeremony(decodeBundle(file), new Map());
    const about = { bundle: bundleDigest(file), overrides: new Map<string, string>() };
    const sign = (keys: HoldersKeys): Promise<CeremonySignatures> => signCeremony(composed, keys, about);
    return { house, file, composed, about, sign };
  };

  test("control: two of three people and one of two machines, in any order", async () => {
    const { house, composed, about, sign } = await prepare();
    const parts = [await sign(house.keys(house.people.slice(2), [])), await sign(house.keys(house.people.slice(0, 1)))];
    mergeCeremony(composed, about.bundle, parts);
    mergeCeremony(composed, about.bundle, parts.reverse());
  });

  test("one person with two of everybody's copies of one signature is one person", async () => {
    const { house, composed, about, sign } = await prepare();
    const one = await sign(house.keys(house.people.slice(0, 1)));
    assert.throws(
      () => mergeCeremony(composed, about.bundle, [one, one]),
      refusal("CEREMONY_SIGNATURES", /1 of the 2/),
    );
  });

  test("without the machines' keys, or with keys of another index", async () => {
    const { house, composed, about, sign } = await prepare();
    const people = await sign(house.keys(house.people, []));
    assert.throws(() => mergeCeremony(composed, about.bundle, [people]), refusal("CEREMONY_SIGNATURES", /0 of the 1/));
    const strangers = await sign({ root: [someone()], targets: [someone(), someone()], shards: [someone()] });
    assert.throws(() => mergeCeremony(composed, about.bundle, [strangers]), refusal("CEREMONY_SIGNATURES"));
  });

  test("a bundle that was changed after the proposal", async () => {
    const { house, file, composed, sign } = await prepare();
    const signed = await sign(house.keys());
    const other = encodeBundle({ ...decodeBundle(file), proposed: NOW + 1000 });
    assert.throws(() => mergeCeremony(composed, bundleDigest(other), [signed]), refusal("CEREMONY_BUNDLE"));
    const exchanged = { ...signed, bundle: bundleDigest(other) };
    const changed = composeCeremony(decodeBundle(other), new Map());
    assert.throws(() => mergeCeremony(changed, bundleDigest(other), [exchanged]), refusal("CEREMONY_SIGNATURES"));
  });

  test("holders who do not agree about an override", async () => {
    const { house, sign } = await prepare();
    const one = await sign(house.keys());
    assert.throws(
      () => commonOverrides([one, { ...one, overrides: new Map([["flask", "x"]]) }]),
      refusal("CEREMONY_BUNDLE"),
    );
  });

  test("files that are none", () => {
    for (const file of ["", "{}", '{"countermark-bundle":2}', "[]"].map((text) => Buffer.from(text))) {
      assert.throws(() => decodeBundle(file), refusal("CEREMONY"));
      assert.throws(() => decodeSignatures(file), refusal("CEREMONY"));
    }
  });
});

test("two hundred claims in one ceremony", async () => {
  const house = await House.found();
  const claims = await Promise.all(
    Array.from({ length: 200 }, (_, each) => claimOf(`project-${String(each).padStart(3, "0")}`, someone())),
  );
  await house.hold(house.propose(claims));
  const composed = await house.hold(house.propose(claims));
  assert.equal(composed.decisions.filter(({ action }) => action === "promote").length, 200);
  let claimed = 0;
  for (const shard of sharding.shards) {
    const name = shardRole("claimed", shard);
    const { signed } = readTargets(house.current.get(name) ?? assert.fail());
    checkShape(name, signed, sharding);
    claimed += signed.delegations?.roles.size ?? 0;
    assert.equal(readClaimFloors(signed, name).size, signed.delegations?.roles.size ?? 0);
  }
  assert.equal(claimed, 200);
});
