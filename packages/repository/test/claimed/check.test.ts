import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  changeProject,
  checkTransaction,
  encodeReleaseFile,
  NotYetSigned,
  RepositoryError,
  seenRole,
  soleProject,
  traceOwners,
  type CheckedTransaction,
  type RepositoryErrorCode,
  type Situation,
} from "@countermark/repository";
import { signMetadata, type Signer, type TargetFile } from "@countermark/tuf";
import { readOffer } from "@countermark/repository";
import { refusal } from "../refusal.ts";
import {
  file,
  list,
  nobodys,
  NOW,
  offerOf,
  pair,
  PROJECT,
  receivedOf,
  someone,
  standingProject,
  type Step,
} from "./project-fixture.ts";

const DAY = 24 * 60 * 60 * 1000;
const [ada, bob, eve, robot] = [someone(), someone(), someone(), someone()];
const alone = soleProject(PROJECT, ada.publicKey, "Ada");
/** So many people, of whom Ada is one. */
const crowd = (count: number) => [ada.publicKey, ...Array.from({ length: count - 1 }, () => someone().publicKey)];
const wheel = file("flask-2.0-py3-none-any.whl", { requiresPython: ">=3.8", coreMetadata: "cd".repeat(32) });

async function check(situation: Situation, step: Step): Promise<CheckedTransaction> {
  const offered = await offerOf(situation, step);
  return checkTransaction(offered.offer, offered.situation);
}

async function isRefused(code: RepositoryErrorCode, situation: Situation, step: Step, message?: RegExp): Promise<void> {
  await assert.rejects(check(situation, step), refusal(code, message));
}

suite("control: what honest people send passes", () => {
  test("the claim of a project that nobody has", async () => {
    const checked = await check(nobodys(), { draft: alone, add: [wheel], releasersSign: [ada] });
    assert.deepEqual(checked.added, [wheel]);
    assert.ok(checked.ownersChanged);
    assert.deepEqual(
      checked.owners.keys.map(({ identity }) => identity),
      [ada.publicKey.identity],
    );
    assert.deepEqual([checked.left, checked.warnings], [[], []]);
  });

  test("a release", async () => {
    const checked = await check(await standingProject(alone, [ada]), { add: [wheel], releasersSign: [ada] });
    assert.deepEqual([...checked.files.keys()], ["flask-1.0.tar.gz", wheel.filename]);
    assert.equal(checked.ownersChanged, false);
  });

  test("taking over an unclaimed project whose files stay", async () => {
    const old = file("flask-0.9.tar.gz", { uploadTime: NOW - 900 * DAY });
    const situation = nobodys({ standing: "unclaimed", unclaimed: list(old) });
    const checked = await check(situation, { draft: alone, releasersSign: [ada] });
    assert.deepEqual([checked.added, [...checked.files.keys()]], [[], [old.filename]]);
  });
});

test("whoever releases by CI alone is told until when that holds; a person beside it takes the end away", async () => {
  const end = NOW + 30 * DAY;
  const draft = changeProject(alone, { addReleasers: [{ key: robot.publicKey, ciUntil: end }] });
  const situation = await standingProject(draft, [ada]);
  const warnings = async (...releasersSign: readonly Signer[]) =>
    (await check(situation, { add: [wheel], releasersSign })).warnings;
  const [line, ...more] = await warnings(robot);
  assert.match(line ?? "", /^the list of flask rests on a key of CI that ends at 2026-06-11T10:00:00Z: /);
  assert.deepEqual([more, await warnings(robot, ada), await warnings(ada)], [[], [], []]);
});

suite("roles", () => {
  const release = async (step: Partial<Step>): Promise<[Situation, Step]> => [
    await standingProject(alone, [ada]),
    { add: [wheel], releasersSign: [ada], ...step },
  ];
  const refused = (name: string, code: RepositoryErrorCode, step: Partial<Step>, message?: RegExp): void => {
    test(name, async () => isRefused(code, ...(await release(step)), message));
  };

  refused(
    "more owners than a project may name",
    "TX_KEYS",
    { draft: { ...alone, owners: { keys: crowd(33), threshold: 1 } } },
    /33 owners/,
  );
  refused(
    "more releasers than a project may name",
    "TX_KEYS",
    { draft: { ...alone, releasers: { keys: crowd(65), threshold: 1 } } },
    /65 releasers/,
  );
  refused("a version that was skipped", "TX_VERSION", { r: (role) => ({ ...role, version: 3 }) });
  refused("a version that is there already", "TX_CONFLICT", { r: (role) => ({ ...role, version: 1 }) });
  refused("roles that have ended", "TX_EXPIRY", { r: (role) => ({ ...role, expires: NOW }) }, /ended/);
  refused(
    "roles that live too long",
    "TX_EXPIRY",
    { r: (role) => ({ ...role, expires: NOW + 6 * 365 * DAY }) },
    /longer/,
  );
  refused("an owners' role that lives too long", "TX_EXPIRY", {
    draft: alone,
    p: (role) => ({ ...role, expires: NOW + 6 * 365 * DAY }),
  });
  refused("a file of another project", "TX_PATH", {
    r: (role) => ({ ...role, targets: withFile(role.targets, "django", file("django-1.0.tar.gz")) }),
  });
  refused("a file under a name that is no distribution's", "FILE_ENTRY", {
    r: (role) => ({ ...role, targets: withFile(role.targets, PROJECT, file("flask.exe")) }),
  });
  refused("a releaser who delegates", "ROLE_SHAPE", {
    r: (role) => ({ ...role, ...delegationsOf(PROJECT) }),
  });
  refused("an owner who lists a file in p. itself", "ROLE_SHAPE", {
    draft: alone,
    p: (role) => ({ ...role, targets: withFile(new Map(), PROJECT, wheel) }),
  });
  refused("an owner who delegates another project's files", "TX_DELEGATION", {
    draft: alone,
    p: (role) => changedDelegation(role, { paths: ["*/*/*"] }),
  });
  refused("a delegation that does not end the search", "TX_DELEGATION", {
    draft: alone,
    p: (role) => changedDelegation(role, { terminating: false }),
  });
  refused("an owner who lets nobody release", "TX_DELEGATION", {
    draft: changeProject(alone, { removeReleasers: [ada.publicKey.keyId] }),
  });

  test("a p. without the r. that meets it", async () => {
    const { offer, situation } = await offerOf(...(await release({ draft: alone })));
    assert.throws(() => checkTransaction({ ...offer, r: undefined }, situation), refusal("TX_UNMET"));
    checkTransaction(offer, situation);
  });

  test("a claim without a p.", async () => isRefused("TX_UNMET", nobodys(), { add: [wheel], releasersSign: [ada] }));

  test("a sealed project", async () => {
    await isRefused("TX_STANDING", nobodys({ standing: "sealed" }), { draft: alone, releasersSign: [ada] });
  });

  test("bytes that are no role, and one that hides something between the lines", async () => {
    const plain = await signMetadata((await standingProject(alone, [ada])).r?.signed ?? assert.fail(), [ada]);
    const spaced = Buffer.from(
      plain.toString().length > 0 ? Buffer.from(plain).toString().replace('"expires":', '"expires": ') : "",
    );
    assert.throws(() => readOffer({ r: Buffer.from("{}") }), refusal("TX_FORMAT"));
    assert.throws(() => readOffer({ r: spaced }), refusal("TX_FORMAT", /canonical/));
    readOffer({ r: plain });
  });
});

suite("signatures", () => {
  test("a stranger's", async () => {
    await isRefused("TX_SIGNATURES", await standingProject(alone, [ada]), { add: [wheel], releasersSign: [eve] });
  });

  test("a stranger's beside the right one: it does not pass for support", async () => {
    await isRefused("TX_SIGNATURES", await standingProject(alone, [ada]), { add: [wheel], releasersSign: [ada, eve] });
  });

  test("an owner's p. by a releaser who is none", async () => {
    const draft = changeProject(alone, { addReleasers: [{ key: bob.publicKey }] });
    const wider = changeProject(draft, { addReleasers: [{ key: eve.publicKey }] });
    const situation = await standingProject(draft, [ada]);
    await isRefused("TX_SIGNATURES", situation, { draft: wider, releasersSign: [bob] });
    await check(situation, { draft: wider, ownersSign: [ada], releasersSign: [bob] });
  });

  test("one of two: kept for the other to sign; both: published", async () => {
    const situation = await standingProject(pair(ada, bob, 2, 2), [ada, bob]);
    await assert.rejects(check(situation, { add: [wheel], releasersSign: [ada] }), (error) => {
      return error instanceof NotYetSigned && refusal("TX_SIGNATURES", /1 of the 2/)(error);
    });
    await check(situation, { add: [wheel], releasersSign: [ada, bob] });
  });

  test("two keys of one person are one person", async () => {
    const laptop = someone();
    const draft = changeProject(pair(ada, bob, 2, 2), { addReleasers: [{ key: laptop.publicKey, person: "Ada" }] });
    const situation = await standingProject(draft, [ada, bob]);
    await isRefused("TX_SIGNATURES", situation, { add: [wheel], releasersSign: [ada, laptop] }, /1 of the 2 persons/);
    await check(situation, { add: [wheel], releasersSign: [laptop, bob] });
  });

  test("a withdrawn key counts for nothing, and nobody lets one in", async () => {
    const situation = await standingProject(pair(ada, bob, 1, 1), [ada, bob]);
    const withdrawn = new Map([[bob.publicKey.identity, "stolen"]]);
    await isRefused("TX_SIGNATURES", { ...situation, withdrawn }, { add: [wheel], releasersSign: [bob] }, /0 of the 1/);
    const draft = changeProject(alone, { addReleasers: [{ key: bob.publicKey }] });
    await isRefused("TX_KEY", { ...nobodys(), withdrawn }, { draft, releasersSign: [ada] }, /withdrawn/);
  });

  test("a key that must not be let in", async () => {
    const requireAdmissible = (): void => assert.fail("of small order");
    await isRefused("TX_KEY", nobodys({ requireAdmissible }), { draft: alone, releasersSign: [ada] }, /small order/);
  });

  test("a threshold that the persons named could not meet", async () => {
    const laptop = someone();
    const draft = changeProject(alone, {
      addReleasers: [{ key: laptop.publicKey, person: "Ada" }],
      releaseThreshold: 2,
    });
    await isRefused("TX_THRESHOLD", nobodys(), { draft, releasersSign: [ada, laptop], ownersSign: [ada] });
  });
});

suite("owners", () => {
  const two = pair(ada, bob, 1, 1);

  test("one of two cannot put the other out, nor take a stranger in", async () => {
    const situation = await standingProject(two, [ada, bob]);
    const out = changeProject(two, { removeOwners: [bob.publicKey.keyId], removeReleasers: [bob.publicKey.keyId] });
    const inside = changeProject(two, { addOwners: [{ key: eve.publicKey }] });
    await isRefused("TX_OWNERS", situation, { draft: out, releasersSign: [ada] }, /1 of the 2/);
    await isRefused("TX_OWNERS", situation, { draft: inside, releasersSign: [ada] });
  });

  test("a withdrawal leaves no fewer owners: the others change none without that one, as installers judge too", async () => {
    const situation = await standingProject(two, [ada, bob]);
    const withdrawn = new Map([[bob.publicKey.identity, "lost"]]);
    const draft = changeProject(two, { removeOwners: [bob.publicKey.keyId], removeReleasers: [bob.publicKey.keyId] });
    const step = { draft, ownersSign: [ada], releasersSign: [ada] };
    const { p = assert.fail() } = (await offerOf(situation, step)).offer;
    const seen = situation.p ?? assert.fail();
    const start = { owners: { threshold: 1, keys: [] }, p: seenRole(seen) };
    const load = () => Promise.resolve(seen.bytes);
    const trace = { project: PROJECT, p, delegated: draft.owners, sharding: situation.sharding, start, load };
    await assert.rejects(traceOwners(trace), refusal("TX_OWNERS", /1 of the 2/));
    const refused = await check({ ...situation, withdrawn }, step).catch((error: unknown) => error);
    assert.ok(refused instanceof RepositoryError && !(refused instanceof NotYetSigned), "it would wait for ever");
    assert.deepEqual([refused.code, refused.message.endsWith("which signs nothing")], ["TX_OWNERS", true]);
    await check({ ...situation, withdrawn }, { add: [wheel], releasersSign: [ada] });
    await check(situation, { ...step, ownersSign: [ada, bob] });
  });

  test("all present ones can, and who leaves is told", async () => {
    const out = changeProject(two, { removeOwners: [bob.publicKey.keyId], removeReleasers: [bob.publicKey.keyId] });
    const step = { draft: out, ownersSign: [ada, bob], releasersSign: [ada] };
    const checked = await check(await standingProject(two, [ada, bob]), step);
    assert.ok(checked.ownersChanged);
    assert.deepEqual(checked.left, [bob.publicKey.identity]);
  });

  test("another's label is not rewritten first, to be one person fewer afterwards", async () => {
    const relabelled = { ...two, persons: new Map([...two.persons].map(([keyId]) => [keyId, "Ada"])) };
    await isRefused("TX_OWNERS", await standingProject(two, [ada, bob]), { draft: relabelled, releasersSign: [ada] });
  });

  test("a label that reads like another owner's line does not stand for that owner", async () => {
    const [first, second] = [ada, bob].sort((a, b) => (a.publicKey.identity < b.publicKey.identity ? -1 : 1));
    assert.ok(first !== undefined && second !== undefined);
    const keys = { keys: [first.publicKey, second.publicKey], threshold: 1 };
    const label = (text: string): ReadonlyMap<string, string> => new Map([[first.publicKey.keyId, text]]);
    const both = { ...alone, owners: keys, releasers: keys, persons: label("Ada") };
    const usurped = {
      ...soleProject(PROJECT, first.publicKey),
      persons: label(`Ada\n${second.publicKey.identity} `),
    };
    const step = { draft: usurped, releasersSign: [first] };
    const standing = await standingProject(both, [first, second]);
    await isRefused("TX_FORMAT", standing, step, /canonical/);
  });

  test("a newcomer signs too: nobody is made the owner of what they never saw", async () => {
    const draft = changeProject(alone, { addOwners: [{ key: bob.publicKey }], ownersThreshold: 2 });
    const situation = await standingProject(alone, [ada]);
    await isRefused("TX_SIGNATURES", situation, { draft, releasersSign: [ada] });
    await check(situation, { draft, ownersSign: [ada, bob], releasersSign: [ada] });
  });

  test("of a claimed project the delegated owners go on signing until the ceremony", async () => {
    const given = soleProject(PROJECT, bob.publicKey, "Bob");
    const ahead = await standingProject(given, [bob], undefined, { standing: "claimed", delegated: alone.owners });
    const again = changeProject(given, { addReleasers: [{ key: robot.publicKey }] });
    await isRefused("TX_SIGNATURES", ahead, { draft: again, releasersSign: [bob] });
    await check(ahead, { draft: again, ownersSign: [ada, bob], releasersSign: [bob] });
  });

  test("a removed releaser's key is withdrawn, a delegated owner's only where p. does without", async () => {
    const out = changeProject(two, { removeOwners: [bob.publicKey.keyId], removeReleasers: [bob.publicKey.keyId] });
    const step = { draft: out, ownersSign: [ada, bob], releasersSign: [ada] };
    const both = { ...two, owners: { ...two.owners, threshold: 2 } };
    const claimed = await standingProject(both, [ada, bob], undefined, { standing: "claimed" });
    assert.deepEqual((await check(claimed, step)).left, []);
    const one = await standingProject(two, [ada, bob], undefined, { standing: "claimed" });
    assert.deepEqual((await check(one, step)).left, [bob.publicKey.identity]);
    const releaser = changeProject(alone, { addReleasers: [{ key: bob.publicKey }] });
    const removed = { draft: alone, releasersSign: [ada] };
    const checked = await check(await standingProject(releaser, [ada], undefined, { standing: "claimed" }), removed);
    assert.deepEqual(checked.left, [bob.publicKey.identity]);
  });

  test("owners below releasers are warned of", async () => {
    const step = { draft: pair(ada, bob, 1, 2), ownersSign: [ada], releasersSign: [ada, bob] };
    assert.match((await check(nobodys(), step)).warnings.join(), /one stolen owner's key/);
  });
});

suite("CI keys", () => {
  const until = NOW + 90 * DAY;
  const withRobot = (more: object = {}) =>
    changeProject(alone, { addReleasers: [{ key: robot.publicKey, ciUntil: until }], ...more });

  test("control: one releases alone where one is asked", async () => {
    await check(await standingProject(withRobot(), [ada]), { add: [wheel], releasersSign: [robot] });
  });

  test("never an owner", async () => {
    const draft = withRobot({ addOwners: [{ key: robot.publicKey }] });
    await isRefused("TX_CI_KEY", nobodys(), { draft, releasersSign: [ada] }, /owner/);
  });

  test("never longer than 90 days, not by a second letting-in either", async () => {
    const long = changeProject(alone, { addReleasers: [{ key: robot.publicKey, ciUntil: until + DAY }] });
    await isRefused("TX_CI_KEY", nobodys(), { draft: long, releasersSign: [ada] }, /90 days/);
    const situation = { ...(await standingProject(withRobot(), [ada])), now: NOW + DAY };
    await isRefused("TX_CI_KEY", situation, { draft: long, releasersSign: [ada] }, /lengthens/);
  });

  test("never of two projects", async () => {
    const ciProjectOf = (identity: string) => (identity === robot.publicKey.identity ? "django" : undefined);
    await isRefused(
      "TX_CI_KEY",
      nobodys({ ciProjectOf }),
      { draft: withRobot(), releasersSign: [ada] },
      /another project/,
    );
  });

  test("another project's mark does not keep a person from publishing", async () => {
    const ciProjectOf = () => "django";
    const situation = await standingProject(alone, [ada], undefined, { ciProjectOf });
    await check(situation, { add: [wheel], releasersSign: [ada] });
    await check(nobodys({ ciProjectOf }), { draft: alone, add: [wheel], releasersSign: [ada] });
  });

  test("never taken for a person's later", async () => {
    const draft = changeProject(alone, { addReleasers: [{ key: robot.publicKey }] });
    await isRefused("TX_CI_KEY", await standingProject(withRobot(), [ada]), { draft, releasersSign: [ada] }, /person/);
  });

  test("never alone where two are asked", async () => {
    const second = someone();
    const draft = changeProject(
      withRobot({
        addReleasers: [
          { key: robot.publicKey, ciUntil: until },
          { key: second.publicKey, ciUntil: until },
        ],
      }),
      { releaseThreshold: 2 },
    );
    const situation = await standingProject(draft, [ada, robot]);
    await isRefused("TX_CI_KEY", situation, { add: [wheel], releasersSign: [robot, second] }, /CI alone/);
    await check(situation, { add: [wheel], releasersSign: [ada, second] });
    const robots = changeProject(draft, { removeReleasers: [ada.publicKey.keyId] });
    await isRefused("TX_CI_KEY", nobodys(), { draft: robots, ownersSign: [ada], releasersSign: [robot, second] });
  });

  test("nothing after its end", async () => {
    const situation = { ...(await standingProject(withRobot(), [ada])), now: until };
    const late = { ...wheel, uploadTime: until };
    await isRefused("TX_SIGNATURES", situation, { add: [late], releasersSign: [robot] });
    await check(situation, { add: [late], releasersSign: [ada] });
  });
});

suite("files", () => {
  const old = file("flask-1.0.tar.gz");
  const listing = async (step: Partial<Step>, more: Partial<Situation> = {}): Promise<[Situation, Step]> => [
    { ...(await standingProject(alone, [ada], list(old))), ...more },
    { add: [wheel], releasersSign: [ada], ...step },
  ];
  const refused = (
    name: string,
    code: RepositoryErrorCode,
    step: Partial<Step>,
    more: Partial<Situation> = {},
  ): void => {
    test(name, async () => isRefused(code, ...(await listing(step, more))));
  };
  const replaced = (change: object): Partial<Step> => ({
    add: [],
    r: (role) => ({ ...role, targets: withFile(role.targets, PROJECT, { ...old, ...change }) }),
  });

  refused("one that was not sent", "TX_BLOB", { sent: [] });
  refused("one that was sent with other content", "TX_BLOB", {
    sent: [{ ...receivedOf(wheel), sha256: "ef".repeat(32) }],
  });
  refused("one of another length", "TX_BLOB", { sent: [{ ...receivedOf(wheel), length: 4 }] });
  refused("other versions of Python", "TX_METADATA", { sent: [{ ...receivedOf(wheel), requiresPython: ">=3.9" }] });
  refused("other core metadata", "TX_METADATA", { sent: [{ ...receivedOf(wheel), coreMetadata: "00".repeat(32) }] });
  refused("an upload time of an hour ago", "TX_UPLOAD_TIME", { add: [{ ...wheel, uploadTime: NOW - DAY / 24 }] });
  refused("an upload time in an hour", "TX_UPLOAD_TIME", { add: [{ ...wheel, uploadTime: NOW + DAY / 24 }] });
  const hourAgo = NOW - DAY / 24;
  const dated = (listedAt: number, uploadTime = hourAgo, sha256 = wheel.sha256): Partial<Step> => ({
    add: [{ ...wheel, uploadTime }],
    sent: [{ ...receivedOf(wheel), sha256, listedAt }],
  });
  test("an upload time of when a commit first listed the file", async () => {
    const [situation, step] = await listing(dated(hourAgo));
    const { offer, situation: at } = await offerOf(situation, step);
    assert.equal(checkTransaction(offer, at).added.length, 1);
  });
  refused("an upload time of now for a file that was listed before", "TX_UPLOAD_TIME", dated(hourAgo, NOW));
  refused("an upload time before the first commit", "TX_UPLOAD_TIME", dated(hourAgo, NOW - DAY / 12));
  refused("a first commit of three days ago", "TX_UPLOAD_TIME", dated(NOW - 3 * DAY, NOW - 3 * DAY));
  refused("a first commit in an hour", "TX_UPLOAD_TIME", dated(NOW + DAY / 24, NOW + DAY / 24));
  refused("another content's first commit", "TX_UPLOAD_TIME", dated(hourAgo, hourAgo, "ef".repeat(32)));
  refused("an upload time that changes", "TX_UPLOAD_TIME", replaced({ uploadTime: NOW - 1000 }));
  refused("a name that comes to stand for other content", "TX_CONTENT", replaced({ sha256: "ef".repeat(32) }));
  refused("another length under the same name", "TX_CONTENT", replaced({ length: 4 }));
  refused("other requires-python under the same name", "TX_CONTENT", replaced({ requiresPython: ">=4" }));
  refused("a spelling of a name that stands", "TX_NAME", {
    r: (role) => ({ ...role, targets: withFile(role.targets, PROJECT, file("flask-1.00.tar.gz")) }),
  });
  refused(
    "a name that was deleted",
    "TX_CONTENT",
    {},
    {
      names: new Map([[wheel.filename, { filename: wheel.filename, sha256: wheel.sha256, deleted: true }]]),
    },
  );
  refused(
    "a name that has stood for other content",
    "TX_CONTENT",
    {},
    {
      names: new Map([[wheel.filename, { filename: wheel.filename, sha256: "ef".repeat(32), deleted: false }]]),
    },
  );
  test("control: yanking changes nothing else", async () => {
    await check(...(await listing(replaced({ yanked: "broken" }))));
  });
});

function withFile(targets: ReadonlyMap<string, TargetFile>, project: string, one: ReturnType<typeof file>) {
  return new Map([...targets, encodeReleaseFile(project, one)]);
}

function delegationsOf(project: string) {
  const release = pairRole(project, ada);
  return { delegations: release };
}

function pairRole(project: string, signer: Signer) {
  const keys = new Map([[signer.publicKey.keyId, signer.publicKey]]);
  const role = {
    name: `r.${project}`,
    keyIds: [...keys.keys()],
    threshold: 1,
    paths: ["*"],
    terminating: true,
    unknown: new Map(),
  };
  return { keys, roles: new Map([[role.name, role]]), unknown: new Map() };
}

function changedDelegation<T extends { delegations?: ReturnType<typeof pairRole> | object }>(
  role: T,
  change: object,
): T {
  const { delegations } = role as unknown as { delegations: ReturnType<typeof pairRole> };
  const roles = new Map([...delegations.roles].map(([name, one]) => [name, { ...one, ...change }]));
  return { ...role, delegations: { ...delegations, roles } };
}

test("what one version allows the next verifies: a chain from the first owner to the third", async () => {
  let situation = await standingProject(alone, [ada]);
  let draft = alone;
  for (const [giver, taker] of [
    [ada, bob],
    [bob, eve],
  ] as const) {
    const next = changeProject(draft, {
      addOwners: [{ key: taker.publicKey }],
      addReleasers: [{ key: taker.publicKey }],
      removeOwners: [giver.publicKey.keyId],
      removeReleasers: [giver.publicKey.keyId],
    });
    const checked = await check(situation, { draft: next, ownersSign: [giver, taker], releasersSign: [taker] });
    situation = { ...situation, p: checked.p, r: checked.r, delegated: checked.owners };
    draft = next;
  }
  await isRefused("TX_SIGNATURES", situation, { add: [wheel], releasersSign: [ada] });
  await check(situation, { add: [wheel], releasersSign: [eve] });
});
