/*
 * Every step of an upload, an import, a publication, a renewal and a withdrawal fails in turn, before and behind what it does: each
 * call of a storage port, and each signature. Whatever the step, pages and signed roles agree, nothing is half done, the
 * index opens and starts again, and the same thing asked for again is done.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, test } from "node:test";
import { makeSharding, shardOf, statusPayload, type StatusChange } from "@countermark/repository";
import { parseDistributionFilename } from "@countermark/packaging";
import { readTimestamp } from "@countermark/tuf";
import { pino } from "pino";
import {
  makeWheel,
  sha256,
  writeDistributions,
  type Distribution,
} from "../../../../test/harness/distributions/distributions.ts";
import { Scope } from "../../../../test/harness/scope.ts";
import { issueToken } from "../../src/accounts/issue.ts";
import { openIndex, type OpenIndex } from "../../src/data-folder.ts";
import { fsck } from "../../src/fsck/fsck.ts";
import { foldedName } from "../../src/publisher/folded-name.ts";
import { makePublisher } from "../../src/publisher/make.ts";
import { submitChange, submitFiles } from "../../src/publisher/submit.ts";
import { startIndex, type RunningIndex } from "../../src/serve.ts";
import { DAY, newFile, NOW } from "../fixtures.ts";
import { ask, importInto, testIndex, type Answer, type TestIndex } from "../serving.ts";
import { encodeForm, partsFor, post } from "../upload/form.ts";
import { Faults } from "./faults.ts";
import type { Fault } from "./memory-store.ts";

const FAULTS: readonly Fault[] = ["failed", "failed-but-persisted"];
const scope = new Scope();
after(() => scope.end());

/** Opens the index as the next process would, and closes it again. */
async function opened<T>({ data }: TestIndex, work: (index: OpenIndex) => Promise<T>): Promise<T> {
  const index = await openIndex(data);
  try {
    return await work(index);
  } finally {
    await index.store.close();
  }
}

function start(index: OpenIndex, { clock }: TestIndex): Promise<RunningIndex> {
  const log = pino({ level: "silent" });
  return startIndex(index, { place: { host: "127.0.0.1", port: 0 }, clock: () => clock.now, log });
}

/** Pages, rows and blobs are what is signed, from the pinned root down: seen by somebody else, through files of their own. */
function assertSound(made: TestIndex, when: string): Promise<void> {
  return opened(made, async ({ database, store, blobs, paths }) => {
    const findings: unknown[] = [];
    const onFinding = (finding: unknown): unknown => findings.push(finding);
    const { fingerprint } = made.made;
    await fsck({ database, store, blobs, keys: paths.keys, fingerprint, quick: false, onFinding });
    assert.deepEqual(findings, [], when);
  });
}

function assertNothingStaged({ data }: TestIndex, when: string): void {
  const staging = join(data, "blobs", "staging");
  const owners = existsSync(staging) ? readdirSync(staging) : [];
  for (const owner of owners) assert.deepEqual(readdirSync(join(staging, owner)), [], when);
}

interface Run {
  readonly step: string;
  readonly fault: Fault;
  /** The same process is asked again before another one looks. */
  readonly stays: boolean;
}

/** What changes something; of the rest it is all the same whether it fails before or behind. */
const WRITES =
  /^(?:store\.(?:submit|publish|sweep)|accounts\.joinOrFound|audit\.append|blobs\.stage|blob\.keep|claims\.stage|sign\.\w+)#/;

/** Of many steps of one kind, such as the signatures of a renewal, the first and the last. */
function telling(steps: readonly string[]): readonly string[] {
  const kindOf = (step: string): string => step.split("#", 1)[0] ?? step;
  const lasts = new Map(steps.map((step) => [kindOf(step), step]));
  return steps.filter((step) => step.endsWith("#0") || lasts.get(kindOf(step)) === step);
}

/**
 * First a run in which nothing fails; then one for each of its steps and each fault.
 * @param run returns the steps that it took
 */
async function everyStep(run: (run: Run) => Promise<readonly string[]>): Promise<readonly string[]> {
  const steps = await run({ step: "", fault: "failed", stays: true });
  const [writes, reads] = [true, false].map((writes) => telling(steps).filter((step) => WRITES.test(step) === writes));
  // Writes are counted by themselves: a server that looks round between requests reads when it likes.
  for (const [position, step] of [...(writes ?? []).entries(), ...(reads ?? []).entries()]) {
    for (const [number, fault] of FAULTS.entries()) {
      if (fault === "failed-but-persisted" && !WRITES.test(step)) continue;
      const taken = await run({ step, fault, stays: (position + number) % 2 === 0 });
      // What a process has read once, it may know the next time.
      assert.ok(taken.includes(step) || !WRITES.test(step), `${step} was not reached`);
    }
  }
  return steps;
}

/** The next process, whoever it is, finishes or forgets. */
function publishedByAnother(made: TestIndex): Promise<void> {
  return opened(made, (index) => makePublisher(index, () => made.clock.now).run());
}

async function tokenOf({ index }: TestIndex): Promise<string> {
  await index.accounts.addAccount({ name: "ann", at: NOW });
  const request = { account: "ann", label: "", scopes: ["upload"], projects: undefined, days: 300 } as const;
  const secret = (await issueToken(index.accounts, request, NOW))?.secret ?? "";
  return `Basic ${Buffer.from(`__token__:${secret}`).toString("base64")}`;
}

/** What an installer finds of a project: nothing, or the one file with its metadata. */
async function isInstallable({ url }: RunningIndex, file: Distribution, project: string): Promise<boolean> {
  const page = await ask(url, `/simple/${project}/`, { accept: "application/vnd.pypi.simple.v1+json" });
  if (page.status === 404) return false;
  const { files } = JSON.parse(page.body.toString()) as { files: { url: string; hashes: unknown }[] };
  const hashes = { sha256: sha256(file.bytes) };
  assert.deepEqual(
    files.map((each) => each.hashes),
    [hashes],
  );
  const { pathname } = new URL(files[0]?.url ?? "", `${url}simple/${project}/`);
  assert.equal(sha256((await ask(url, pathname)).body), hashes.sha256);
  assert.equal((await ask(url, `${pathname}.metadata`)).status, 200);
  return true;
}

/** Steps that every upload of a new project takes; else the test would not see what it is about. */
const STEPS_OF_AN_UPLOAD = [
  ...["blobs.stage#0", "blobs.stage#1", "accounts.joinOrFound#0", "audit.append#0", "blob.keep#0", "blob.keep#1"],
  ...["store.submit#0", "sign.unclaimed#0", "sign.snapshot#0", "sign.timestamp#0", "store.publish#0", "store.sweep#0"],
];

test("an upload of which any step fails is published, accepted, or not there; again it is there", async () => {
  const made = await testIndex(scope);
  const authorization = await tokenOf(made);
  const faults = new Faults();
  const running = await start(faults.around(made.index), made);
  scope.after(() => running.stop());
  const outcomes = new Set<string>();
  let uploads = 0;
  const steps = await everyStep(async ({ step, fault, stays }) => {
    const when = `${step} ${fault}`;
    const project = `upload-${(uploads += 1)}`;
    const wheel = makeWheel({ name: project, version: "1.0", requires: ["click"] });
    const form = encodeForm(partsFor(wheel));
    const upload = (): Promise<Answer> => post(running.url, form, { authorization, accept: "application/json" });
    faults.arm(step, fault);
    const told = await upload();
    const taken = [...faults.steps];
    faults.arm();
    const said = told.body.toString();
    if (told.status !== 200) {
      assert.deepEqual([told.status, (JSON.parse(said) as { error: string }).error], [500, "UPLOAD_FAILED"], said);
    }
    await assertSound(made, when);
    assertNothingStaged(made, when);
    if (!stays) await publishedByAnother(made);
    const isThere = await isInstallable(running, wheel, project);
    if (told.status === 200 && !stays) assert.ok(isThere, when);
    outcomes.add(
      `${told.status === 200 ? (/\w+$/.exec(said.trim())?.[0] ?? said) : "failed"}, ${isThere ? "there" : "not there"}`,
    );
    const again = await upload();
    assert.equal(again.status, 200, `${when}: ${again.body.toString()}`);
    assert.ok(await isInstallable(running, wheel, project), when);
    assert.equal((await upload()).body.toString(), `${wheel.filename}: known\n`);
    return taken;
  });
  for (const step of STEPS_OF_AN_UPLOAD) assert.ok(steps.includes(step), `${step} of ${steps.join(" ")}`);
  assert.deepEqual([...outcomes].sort(), [
    ...["accepted, not there", "accepted, there", "failed, not there", "failed, there", "published, there"],
  ]);
  // And the next start finds an index.
  await running.stop();
  await assertSound(made, "in the end");
  const next = await opened(made, async (index) => {
    const started = await start(index, made);
    await started.stop();
    return index.store.counts();
  });
  assert.deepEqual(next, { projects: uploads, files: uploads, accepted: 0 });
});

/** Runs something once for each of its steps, and holds what it has come to: at once, or by the next process. */
async function finished(
  made: TestIndex,
  prepare: (index: OpenIndex, run: number) => Promise<unknown>,
  work: (index: OpenIndex, run: number) => Promise<unknown>,
  isDone: (index: OpenIndex, run: number) => Promise<boolean>,
): Promise<readonly string[]> {
  let runs = 0;
  const outcomes = new Set<boolean>();
  const steps = await everyStep(async ({ step, fault, stays }) => {
    const run = (runs += 1);
    const when = `${step} ${fault}`;
    await opened(made, (index) => prepare(index, run));
    const faults = new Faults();
    const taken = await opened(made, async (index) => {
      const faulty = faults.around(index);
      faults.arm(step, fault);
      const working = work(faulty, run);
      if (step === "") await working;
      else await assert.rejects(working, { code: "IO" }, when);
      const taken = [...faults.steps];
      faults.arm();
      await assertSound(made, when);
      outcomes.add(await isDone(index, run));
      if (stays) await work(faulty, run);
      return taken;
    });
    if (!stays) {
      await publishedByAnother(made);
      await opened(made, (index) => work(index, run));
    }
    await opened(made, async (index) => {
      assert.ok(await isDone(index, run), when);
      assert.deepEqual(await index.store.waiting(10), []);
    });
    return taken;
  });
  await assertSound(made, "in the end");
  assert.equal(outcomes.size, 2, "some faults come too early, some too late");
  return steps;
}

const publisherOf = (index: OpenIndex, made: TestIndex) => makePublisher(index, () => made.clock.now);

test("a publication of which any step fails is done or not, and the next one finishes", async () => {
  const made = await testIndex(scope);
  const wheelOf = (run: number): Distribution => makeWheel({ name: `late-${run}`, version: "1.0" });
  const steps = await finished(
    made,
    async ({ store, seal, blobs }, run) => {
      const { bytes } = wheelOf(run);
      const staged = await blobs.stage(Readable.from([bytes]));
      await staged.keep();
      const { sha256, length } = staged;
      const named = newFile(`late-${run}`, "1.0", { sha256, length });
      const file = { ...named, folded: foldedName(parseDistributionFilename(named.filename)) };
      await submitFiles({ store, seal }, [file], { by: "ann", acceptedAt: NOW });
    },
    (index) => publisherOf(index, made).run(),
    async ({ store }, run) => (await store.visibleFiles(`late-${run}`))?.length === 1,
  );
  for (const step of ["blobs.sizes#0", "sign.unclaimed#0", "store.publish#0", "store.sweep#0"]) {
    assert.ok(steps.includes(step), `${step} of ${steps.join(" ")}`);
  }
});

test("an import of which any step fails brings its file in or not, and run again it goes on", async () => {
  const made = await testIndex(scope);
  const folderOf = (run: number): string => join(made.folder, `import-${run}`);
  const steps = await finished(
    made,
    (_, run) => {
      const wheel = makeWheel({ name: `import-${run}`, version: "1.0", requires: ["click"] });
      return Promise.resolve(writeDistributions(folderOf(run), [wheel]));
    },
    async (index, run) => {
      const [outcome] = await importInto(index, folderOf(run), () => made.clock.now);
      assert.ok(outcome?.outcome === "published" || outcome?.outcome === "known", JSON.stringify(outcome));
    },
    async ({ store }, run) => (await store.visibleFiles(`import-${run}`))?.length === 1,
  );
  for (const step of [
    "blobs.stage#0",
    "blobs.stage#1",
    "blob.keep#0",
    "blob.keep#1",
    "store.submit#0",
    "store.publish#0",
  ]) {
    assert.ok(steps.includes(step), `${step} of ${steps.join(" ")}`);
  }
  assertNothingStaged(made, "in the end");
});

test("a renewal of which any step fails is done or not, and the next one finishes", async () => {
  const made = await testIndex(scope);
  await made.import([makeWheel({ name: "flask", version: "1.0" })]);
  const steps = await finished(
    made,
    () => {
      made.clock.now += 9 * DAY;
      return Promise.resolve();
    },
    (index) => publisherOf(index, made).run(),
    async ({ store }) => readTimestamp((await store.timestamp()).bytes).signed.expires > made.clock.now,
  );
  for (const step of ["sign.unclaimed#0", "sign.status#0", "sign.timestamp#0", "store.publish#0"]) {
    assert.ok(steps.includes(step), `${step} of ${steps.join(" ")}`);
  }
});

test("a withdrawal of which any step fails is done or not, and asked for again it stands", async () => {
  const made = await testIndex(scope);
  await made.import([makeWheel({ name: "flask", version: "1.0" })]);
  const change = (run: number): StatusChange => ({
    ...{ action: "withdraw", subject: "release", id: `1.${run}`, reason: "CVE" },
  });
  await finished(
    made,
    () => Promise.resolve(),
    async (index, run) => {
      const transaction = { kind: "status", project: "flask", payload: statusPayload(change(run)) } as const;
      const id = await submitChange(index, transaction, { by: "operator", acceptedAt: NOW });
      assert.equal((await publisherOf(index, made).outcomeOf(id)).outcome, "published");
    },
    async ({ store, settings }, run) => {
      const role = await store.role(`status.${shardOf(makeSharding(settings.shards), "flask")}`);
      return Buffer.from(role?.bytes ?? [])
        .toString()
        .includes(`"1.${run}":"CVE"`);
    },
  );
});
