/*
 * Every tool and every way around an index setting, without the gate and through it. The trusted index lies to whoever does not
 * verify, and a stranger's index has a higher version: without the gate each command takes one of the two, or the case proves
 * nothing.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { bypassesPage, BYPASSES_PAGE } from "../../tools/docs/bypasses.ts";
import { programOf } from "../../tools/python/environments.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import { allCases } from "./bypasses/cases.ts";
import { rowOf, type Case, type Run } from "./bypasses/case.ts";
import { copyOf, openLab } from "./bypasses/lab.ts";
import { writeResults } from "./bypasses/results.ts";

/** Tools wait for their own start more than for the machine: two at a time fill two cores. */
const AT_A_TIME = 2;

const PROJECT = `[project]\nname = "own"\nversion = "0"\nrequires-python = ">=3.10"\ndependencies = ["alphapkg"]\n`;
const OWN = { tool: "uv", way: "its own lock", without: "forged", through: "verified" } as const;

const scope = new Scope();
const sandbox = await openSandbox(scope);
const lab = await openLab(sandbox);
const cases = allCases(lab.hashes);
const held = new Map<Case, boolean>();
after(async () => {
  writeResults(cases.filter((each) => held.get(each) === true).map(rowOf));
  await scope.end();
});

describe("ways around", { concurrency: AT_A_TIME }, () => {
  for (const [number, each] of cases.entries()) {
    test(`${each.tool}: ${each.way}`, async () => {
      const run = await lab.prepare(each, `case-${number}`);
      const through = copyOf(run, `case-${number}-gated`);
      const plain = await lab.carryOut(each, run, "plain");
      assert.deepEqual(
        plain.whose.includes(each.without),
        true,
        `the control took nothing: ${plain.whose.join()}\n${plain.output}`,
      );

      await throughTheGate(each, through);
      held.set(each, true);
    });
  }
});

test("a lock file made in a run names the real index, and each way to sync from it leaves it as it is", async () => {
  const at = await lab.prepare({ files: () => ({ "pyproject.toml": PROJECT }) }, "own-lock");
  const uv = (...args: string[]): Case => ({ ...OWN, command: () => [programOf("uv", "uv"), ...args] });
  const locking = await lab.carryOut(uv("lock"), at, "gated");
  assert.equal(locking.code, 0, locking.output);
  const lock = readFileSync(join(at.folder, "uv.lock"), "utf8");
  assert.match(lock, new RegExp(`source = \\{ registry = "${at.index.slice(0, -1)}/?" \\}`));
  for (const mode of [[], ["--frozen"], ["--locked"]]) {
    const run = copyOf(at, `own-lock-kept${mode.join("")}`);
    const { whose, code, output, stderr } = await lab.carryOut(uv("sync", ...mode), run, "gated");
    assert.deepEqual([whose, code], [["genuine"], 0], output);
    assert.match(stderr, /0 of 1 files claimed or sealed; left to the index alone: alphapkg/);
    assert.equal(readFileSync(join(run.folder, "uv.lock"), "utf8"), lock, mode.join());
  }
  const export_ = await lab.carryOut(
    uv("export", "--frozen", "--format", "pylock.toml", "-o", "pylock.toml"),
    at,
    "gated",
  );
  assert.equal(export_.code, 0, export_.output);
  const pylock = readFileSync(join(at.folder, "pylock.toml"), "utf8");
  assert.ok(pylock.includes(at.indexFile), pylock);
  const installed = await lab.carryOut(uv("pip", "install", "--target", "site", "-r", "pylock.toml"), at, "gated");
  assert.deepEqual([installed.whose, installed.code], [["genuine"], 0], installed.output);
  assert.equal(readFileSync(join(at.folder, "pylock.toml"), "utf8"), pylock);
});

/** How a tool locks and installs, and what its lock file says of where a file comes from. */
const LOCKERS = [
  {
    ...{ tool: "poetry" as const, file: "poetry.lock", lock: ["lock", "--no-interaction"] },
    install: ["install", "--no-root", "--no-interaction"],
    more: (index: string) => `\n[[tool.poetry.source]]\nname = "main"\nurl = "${index}"\npriority = "primary"\n`,
    names: ({ index }: Run) => `type = "legacy"\nurl = "${index.slice(0, -1)}"\n`,
  },
  {
    ...{
      tool: "pdm" as const,
      file: "pdm.lock",
      lock: ["lock"],
      install: ["install", "--no-self", "--frozen-lockfile"],
    },
    more: () => "",
    // pdm names files and hashes, and no index at all.
    names: () => `file = "alphapkg-1.0-py3-none-any.whl", hash = "sha256:`,
  },
  {
    ...{ tool: "pdm" as const, file: "pdm.lock", lock: ["lock", "--strategy", "static_urls"] },
    install: ["install", "--no-self", "--frozen-lockfile"],
    more: () => "",
    names: ({ indexFile }: Run) => `url = "${indexFile}", hash = "sha256:`,
  },
] as const;

for (const [number, { tool, file, lock, install, more, names }] of LOCKERS.entries()) {
  test(`${tool} ${lock.join(" ")}: the lock file names the real index, and an install from it leaves it as it is`, async () => {
    const files = ({ index }: Run) => ({ "pyproject.toml": PROJECT + more(index) });
    const run = await lab.prepare({ files }, `own-${tool}-${number}`);
    const carryOut = (...args: string[]) =>
      lab.carryOut({ ...OWN, command: () => [programOf(tool, tool), ...args] }, run, "gated");
    const locking = await carryOut(...lock);
    assert.equal(locking.code, 0, locking.output);
    const made = readFileSync(join(run.folder, file), "utf8");
    assert.ok(made.includes(names(run)), made);
    assert.doesNotMatch(made, /127\.0\.0\.1|countermark/, "nothing of the gate");
    const { whose, code, output, stderr } = await carryOut(...install);
    assert.deepEqual([whose, code], [["genuine"], 0], output);
    assert.match(stderr, /0 of 1 files claimed or sealed; left to the index alone: alphapkg/);
    assert.equal(readFileSync(join(run.folder, file), "utf8"), made);
  });
}

test("docs/install/bypasses.md lists exactly the cases, as they must end", () => {
  assert.equal(readFileSync(BYPASSES_PAGE, "utf8"), bypassesPage(cases.map(rowOf)), "run this test, then `make docs`");
});

async function throughTheGate(each: Case, run: Parameters<typeof lab.carryOut>[1]): Promise<void> {
  const lock = each.lock === undefined ? undefined : join(run.folder, each.lock);
  const before = lock === undefined ? "" : readFileSync(lock, "utf8");
  const { whose, code, output } = await lab.carryOut(each, run, "gated");
  if (each.through === "verified") assert.deepEqual([whose, code], [["genuine"], 0], output);
  else assert.ok(whose.length === 0 && code !== 0, `${code}, ${whose.join()}\n${output}`);
  if (lock !== undefined) assert.equal(readFileSync(lock, "utf8"), before, "the lock file was written to");
}
