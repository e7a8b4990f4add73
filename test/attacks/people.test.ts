/*
 * The index is stolen whole, and with it the keys of some of a project's people: one releaser of two that must sign, and one
 * who was let go. Real pip is the control of each attack; each is shown to a returning installer, who saw the project as it
 * is, and to a new one with a fingerprint alone. What the promise does not hold for is shown as well.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as wire from "@countermark/repository";
import { readTargets, type Targets } from "@countermark/tuf";
import { described, Developer } from "../../packages/server/test/api/developer.ts";
import { holdCeremony } from "../harness/ceremony.ts";
import { countermark } from "../harness/commands.ts";
import { makeWheel } from "../harness/distributions/distributions.ts";
import { initIndex, serve } from "../harness/index-server.ts";
import { importing, installPlainly, installVerified, newPip, trust } from "../harness/installers.ts";
import { startMirror } from "../harness/mirror/mirror.ts";
import { stealAndForge, type People } from "../harness/mirror/theft.ts";
import { openSandbox, type Options } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await initIndex(sandbox);
const { url } = await serve(sandbox, index);
const ceremony = (projects?: readonly string[]) => holdCeremony(index, sandbox.folder, projects);
const mirror = await startMirror(scope, url);
const [ada, bob] = ["ada", "bob"].map((name) => new Developer({ made: index }, `${url}/`, name, Date.now)) as [
  Developer,
  Developer,
];
const PAIR = "pair";
const PARTED = "parted";
const JUST_PARTED = "justparted";

const alone = (project: string) => wire.soleProject(project, ada.key, "Ada");
const withBob = (project: string, releaseThreshold = 1) =>
  wire.changeProject(alone(project), { addReleasers: [{ key: bob.key, person: "Bob" }], releaseThreshold });
const byBob = (r: Targets): Promise<Uint8Array> => bob.sign(r);
/** A line that an installer got somewhere else, such as with the tool itself. */
let floor = "";

before(async () => {
  for (const developer of [ada, bob]) {
    assert.equal((await developer.enrol()).status, 201);
    await developer.login();
  }
  await release(PAIR, withBob(PAIR, 2), ada, bob);
  for (const project of [PARTED, JUST_PARTED]) await release(project, withBob(project), ada);
  await ceremony([PAIR, PARTED, JUST_PARTED]);
  await release(PARTED, alone(PARTED), ada);
  await ceremony();
  // Nobody but the index says this one yet.
  await release(JUST_PARTED, alone(JUST_PARTED), ada);
  await trust(sandbox, mirror.url, index.fingerprint);
  const seen = await installVerified(sandbox, newPip, [PAIR, PARTED, JUST_PARTED]);
  assert.equal(seen.code, 0, seen.output);
  const line = await sandbox.run(countermark, ["floor"]);
  assert.equal(line.code, 0, line.output);
  floor = line.stdout.trim();
});

/** One attack: what the thief shows, and who refuses it with which code. */
interface Attack {
  readonly what: string;
  readonly project: string;
  readonly shows: Omit<People, "sign">;
  /** Codes; undefined: the installer takes the forged file. */
  readonly returning: string | undefined;
  readonly fresh: string | undefined;
  readonly withFloor?: string;
  /** Asked with `countermark why` alone, where another attack on the same project has asked real pip. */
  readonly withoutPip?: true;
}

const attacks: readonly Attack[] = [
  {
    ...{ what: "one releaser of two that must sign", project: PAIR, shows: {} },
    ...{ returning: "METADATA_SIGNATURE", fresh: "METADATA_SIGNATURE" },
  },
  {
    what: "a releaser who was let go before the last ceremony, with the p. in which they stood",
    ...{ project: PARTED, shows: { p: 1, forgetWithdrawals: true } },
    ...{ returning: "METADATA_ROLLBACK", fresh: "METADATA_ROLLBACK" },
  },
  {
    what: "the same, with all offline roles of the ceremony before: a floor line refuses it, a fingerprint alone cannot",
    ...{ project: PARTED, shows: { p: 1, forgetWithdrawals: true, ceremoniesAgo: 1 } },
    ...{ returning: "METADATA_ROLLBACK", fresh: undefined, withFloor: "METADATA_ROLLBACK" },
  },
  {
    withoutPip: true,
    what: "a releaser who was let go since the last ceremony: the withdrawal refuses their key",
    ...{ project: JUST_PARTED, shows: { p: 1 } },
    ...{ returning: "METADATA_ROLLBACK", fresh: "WITHDRAWN" },
  },
  {
    withoutPip: true,
    what: "the same, without the withdrawal: who saw the removal refuses it, a new installer cannot know before the ceremony",
    ...{ project: JUST_PARTED, shows: { p: 1, forgetWithdrawals: true } },
    ...{ returning: "METADATA_ROLLBACK", fresh: undefined },
  },
];

let homes = 0;

for (const { what, project, shows, returning, fresh, withFloor, withoutPip } of attacks) {
  test(what, async () => {
    const file = makeWheel({ name: project, version: "9.0", source: 'print("forged")\n' });
    const forgery = { name: project, version: "9.0", file, people: { sign: byBob, ...shows } };
    mirror.attackWith(await stealAndForge(url, index, [forgery]));
    const plain = await installPlainly(sandbox, newPip, mirror.url, [project]);
    assert.equal(await importing(sandbox, plain.target, project), "forged", "the control");
    const meets = withoutPip === true ? asks : installs;
    await meets({}, project, returning);
    await meets({ settings: await newcomer() }, project, fresh);
    if (withFloor === undefined) return;
    const refused = await sandbox.run(countermark, trustCommand("--floor", floor), { settings: newHome() });
    assert.notEqual(refused.code, 0, refused.output);
    assert.match(refused.output, new RegExp(`error\\[${withFloor}\\]`));
  });
}

function newHome() {
  homes += 1;
  return sandbox.otherHome(`newcomer-${homes}`);
}

const trustCommand = (...args: readonly string[]) => ["trust", `${mirror.url}/`, "--root", index.fingerprint, ...args];

async function newcomer() {
  const settings = newHome();
  const trusted = await sandbox.run(countermark, trustCommand(), { settings });
  assert.equal(trusted.code, 0, trusted.output);
  return settings;
}

async function asks(options: Options, project: string, code: string | undefined): Promise<void> {
  const asked = await sandbox.run(countermark, ["why", `${project}==9.0`], options);
  if (code === undefined) assert.match(asked.output, /^\S+ 9\.0: 1 file; signed by its own developers/);
  else assert.match(asked.output, new RegExp(`error\\[${code}\\]`));
}

async function installs(options: Options, project: string, code: string | undefined): Promise<void> {
  const installed = await installVerified(sandbox, newPip, [project], options);
  if (code === undefined) {
    assert.equal(installed.code, 0, installed.output);
    assert.equal(await importing(sandbox, installed.target, project), "forged", "the promise's limit");
    return;
  }
  assert.notEqual(installed.code, 0, installed.output);
  assert.match(installed.output, new RegExp(`error\\[${code}\\]`));
}

async function release(project: string, draft: wire.ProjectDraft, ...signers: readonly Developer[]): Promise<void> {
  const opened = await ada.open(project);
  const file = makeWheel({ name: project, version: "1.0", source: 'print("genuine")\n' });
  const isNew = opened.p === undefined;
  if (isNew) await ada.put(project, opened.id, file);
  const add = isNew ? [described(file, Date.now())] : [];
  const { p, r } = await ada.next(project, opened, { add }, draft);
  let list = r ?? assert.fail();
  for (const other of signers.slice(1)) list = await other.sign(readTargets(list).signed, list);
  const answer = await ada.commit(project, opened.id, { ...(p && { p }), r: list });
  assert.equal(answer.status, 200, Buffer.from(answer.body).toString());
}
