import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import * as wire from "@countermark/repository";
import { readTargets } from "@countermark/tuf";
import { makeWheel, type Distribution } from "../../../../test/harness/distributions/distributions.ts";
import { makePublisher } from "../../src/publisher/make.ts";
import { DAY, HOUR, NOW } from "../fixtures.ts";
import { testIndex, type TestIndex } from "../serving.ts";
import { codeOf, described, Developer } from "./developer.ts";

const PROJECT = "hello-world";
const MINUTE = 60_000;
const wheel = (version: string): Distribution => makeWheel({ name: PROJECT, version });

interface Stage {
  readonly index: TestIndex;
  readonly ada: Developer;
  readonly bob: Developer;
}

/** A project that two release together, who sign in anew whenever the clock was moved. */
async function stage(t: TestContext): Promise<Stage> {
  const index = await testIndex(t);
  const { url } = await index.serve();
  const [ada, bob] = [new Developer(index, url, "ada"), new Developer(index, url, "bob")];
  for (const each of [ada, bob]) {
    await each.enrol();
    await each.login();
  }
  await ada.release(PROJECT, [wheel("1.0")], wire.soleProject(PROJECT, ada.key));
  const opened = await ada.open(PROJECT);
  const draft = wire.changeProject(wire.soleProject(PROJECT, ada.key), {
    addReleasers: [{ key: bob.key }],
    releaseThreshold: 2,
  });
  const both = await ada.next(PROJECT, opened, {}, draft);
  const r = both.r ?? assert.fail();
  assert.equal(
    (await ada.commit(PROJECT, opened.id, { ...both, r: await bob.sign(readTargets(r).signed, r) })).status,
    200,
  );
  return { index, ada, bob };
}

async function later({ index, ada, bob }: Stage, time: number): Promise<void> {
  index.clock.now = NOW + time;
  await ada.login();
  await bob.login();
}

/** Ada signs a release at the clock's time, and it waits. */
async function waiting({ index, ada }: Stage, version: string) {
  const { id, ...state } = await ada.open(PROJECT);
  await ada.put(PROJECT, id, wheel(version));
  const half = await ada.next(PROJECT, state, { add: [described(wheel(version), index.clock.now)] });
  assert.equal((await ada.commit(PROJECT, id, half)).status, 202);
  return { id, state, r: half.r ?? assert.fail() };
}

async function signedByBoth({ ada, bob }: Stage, state: wire.ProjectState, add: readonly wire.ReleaseFile[]) {
  const half = (await ada.next(PROJECT, state, { add })).r ?? assert.fail();
  return bob.sign(readTargets(half).signed, half);
}

suite("transactions that wait", () => {
  test("the second signature may come hours later: the files' time is that of the first commit", async (t) => {
    const at = await stage(t);
    const { id, r } = await waiting(at, "1.1");
    await later(at, 23 * HOUR);
    const whole = await at.bob.sign(readTargets(r).signed, r);
    const answer = await at.bob.commit(PROJECT, id, { r: whole });
    assert.equal(answer.status, 200, Buffer.from(answer.body).toString());
  });

  test("a file that comes after the first commit, or in place of another, is dated by its own first commit", async (t) => {
    const at = await stage(t);
    const { id, state } = await waiting(at, "1.1");
    await later(at, 11 * MINUTE);
    await at.ada.put(PROJECT, id, wheel("1.2"));
    const old = [described(wheel("1.1"), NOW), described(wheel("1.2"), NOW)];
    assert.equal(codeOf(await at.ada.commit(PROJECT, id, { r: await signedByBoth(at, state, old) })), "TX_UPLOAD_TIME");
    const other = makeWheel({ name: PROJECT, version: "1.1", source: "other = 1\n" });
    await at.ada.put(PROJECT, id, other);
    const swapped = await signedByBoth(at, state, [described(other, NOW)]);
    assert.equal(codeOf(await at.ada.commit(PROJECT, id, { r: swapped })), "TX_UPLOAD_TIME");
    const honest = await signedByBoth(at, state, [described(other, at.index.clock.now)]);
    assert.equal((await at.ada.commit(PROJECT, id, { r: honest })).status, 200, "control");
  });

  test("sending the same bytes again renews nothing and voids nothing; the first commit itself cannot be dated back", async (t) => {
    const at = await stage(t);
    const { id, state, r } = await waiting(at, "1.1");
    await later(at, 30 * MINUTE);
    await at.ada.put(PROJECT, id, wheel("1.1"));
    const renewed = await signedByBoth(at, state, [described(wheel("1.1"), at.index.clock.now)]);
    assert.equal(codeOf(await at.ada.commit(PROJECT, id, { r: renewed })), "TX_UPLOAD_TIME");
    const whole = await at.bob.sign(readTargets(r).signed, r);
    assert.equal((await at.bob.commit(PROJECT, id, { r: whole })).status, 200);
    const opened = await at.ada.open(PROJECT);
    await at.ada.put(PROJECT, opened.id, wheel("1.3"));
    const back = await at.ada.next(PROJECT, opened, { add: [described(wheel("1.3"), NOW)] });
    assert.equal(codeOf(await at.ada.commit(PROJECT, opened.id, back)), "TX_UPLOAD_TIME");
  });

  test("what was accepted is published with its files' times also where the publisher comes to it late", async (t) => {
    const at = await stage(t);
    const { store, seal } = at.index.index;
    const { id, state } = await at.ada.open(PROJECT).then(({ id, ...state }) => ({ id, state }));
    await at.ada.put(PROJECT, id, wheel("1.4"));
    const file = described(wheel("1.4"), NOW);
    const r = await signedByBoth(at, state, [file]);
    const payload = (listedAt?: number) => {
      const { uploadTime: _, ...received } = file;
      return wire.projectPayload({ r, received: [{ ...received, ...(listedAt !== undefined && { listedAt }) }] });
    };
    await later(at, 3 * HOUR);
    const publisher = makePublisher(at.index.index, () => at.index.clock.now);
    const outcome = async (listedAt?: number) => {
      const transaction = { kind: "project", project: PROJECT, payload: payload(listedAt) } as const;
      const [taken] = await store.submit([seal.seal(transaction, { by: "ada", acceptedAt: NOW })]);
      return publisher.outcomeOf(taken?.outcome === "accepted" ? taken.transaction : assert.fail());
    };
    const late = await outcome();
    assert.equal(late.outcome === "refused" && late.code, "TX_UPLOAD_TIME");
    at.index.clock.now = NOW + 3 * DAY;
    const tooLate = await outcome(NOW);
    assert.equal(tooLate.outcome === "refused" && tooLate.code, "TX_UPLOAD_TIME", "no time is believed for ever");
    at.index.clock.now = NOW + 3 * HOUR;
    assert.equal((await outcome(NOW)).outcome, "published");
  });
});
