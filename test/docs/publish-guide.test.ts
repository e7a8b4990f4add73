/*
 * The publisher's guide and the key holder's, typed line by line by people whose homes are empty, at a real terminal. Only what
 * a reader fills in is replaced: address, fingerprint, code, digest, the id of a change.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { programOf } from "../../tools/python/environments.ts";
import { countermark } from "../harness/commands.ts";
import { makeWheel, writeDistributions } from "../harness/distributions/distributions.ts";
import { commandsOf, textOf, type Block } from "../harness/guide.ts";
import { importFiles, initIndex, serve } from "../harness/index-server.ts";
import { importing, installVerified, newPip, trust } from "../harness/installers.ts";
import { openSandbox, type Settings } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import { converseIn, type Step } from "../harness/terminal/terminal.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await initIndex(sandbox);
await importFiles(
  sandbox,
  index,
  ["0.1", "1.0"].map((version) => makeWheel({ name: "flask", version })),
);
const { url } = await serve(sandbox, index);
const guide = commandsOf("publish/README.md");
const typed = new Set<Block>();
const words = new Map([
  ["https://index.example.org/", `${url}/`],
  ["FINGERPRINT", index.fingerprint],
  ["/srv/index", index.data],
]);
const PATH = [dirname(countermark), dirname(programOf("twine", "twine")), dirname(programOf("uv", "uv"))].join(":");
const SHOWN_PHRASE = "give it back to you\\.\\s+([a-z -]+)\\r";
const LOGIN: readonly Step[] = [
  ["Press Enter", "\r"],
  ...Array.from({ length: 3 }, (): Step => ["Word (\\d)[^:]*: ", "\r", SHOWN_PHRASE]),
];
/** What `run --sign` is walked with here; `clients/signed-uploads.test.ts` runs it with these and all the others. */
const WALKED_TOOLS = /-- (?:twine|uv) /;

/** Somebody with a home of their own and a passphrase in their head. */
class Person {
  readonly #home: Settings;
  phrase = "";

  constructor(name: string) {
    this.#home = sandbox.otherHome(name);
  }

  /** Types a line of a guide, answers what is asked, and demands that it ends well. */
  async type(line: string, folder: string, steps: readonly Step[] = [], more: Settings = {}): Promise<string> {
    let here = line.replace(/ +# .*$/, "");
    for (const [word, value] of words) here = here.replaceAll(word, value);
    const settings = { ...this.#home, ...more, PATH: `${PATH}:${dirname(process.execPath)}:/usr/bin:/bin` };
    const said = await converseIn(sandbox, ["/bin/bash", "-c", here], steps, { settings, folder });
    assert.equal(said.code, 0, `${here}\n${said.shown}`);
    assert.equal(said.steps, steps.length, `${here}\n${said.shown}`);
    return said.shown;
  }

  /** The passphrase, when it is asked for. */
  get passphrase(): Step {
    return ["Passphrase[^:]*: ", `${this.phrase}\r`];
  }

  /** Notes the passphrase that was shown. */
  remember(shown: string): void {
    this.phrase = new RegExp(SHOWN_PHRASE).exec(shown)?.[1] ?? assert.fail(shown);
  }
}

const [alice, bob, job] = [new Person("alice"), new Person("bob"), new Person("job")];
const YES: Step = ["Type yes: ", "yes\r"];

/** The next block under a heading that was not typed yet. */
function block(heading: string): readonly string[] {
  const next = guide.find((one) => one.heading === heading && !typed.has(one));
  assert.ok(next !== undefined, `the guide has no more commands under '${heading}'`);
  typed.add(next);
  return next.lines;
}

/** A folder of a project whose `dist` holds these versions. */
function project(name: string, ...versions: readonly string[]): string {
  const folder = join(sandbox.folder, name);
  mkdirSync(join(folder, "dist"), { recursive: true });
  writeFileSync(join(folder, "pyproject.toml"), `[project]\nname = "${name}"\nversion = "${versions.at(-1) ?? "0"}"\n`);
  writeDistributions(
    join(folder, "dist"),
    versions.map((version) => makeWheel({ name, version })),
  );
  return folder;
}

test("once, and each release", async () => {
  const [trusting = "", login = ""] = block("Once");
  await alice.type(trusting, sandbox.folder);
  alice.remember(await alice.type(login, sandbox.folder, LOGIN));
  const [publish = ""] = block("Each release");
  await alice.type(publish, project("demo", "1.0"), [alice.passphrase]);
  const second = await alice.type(publish, project("demo", "2.0"), [alice.passphrase]);
  assert.match(
    second,
    /demo 2\.0, on top of 1\.0 [^]*to release demo 2\.0: /,
    "what stands already is not signed anew",
  );
});

test("a project that is there already is taken over, when the operator has noted who owns it", async () => {
  const noted = /`countermark-server (project member add [^`]+)`/.exec(textOf("publish/README.md"))?.[1] ?? "";
  const server = join(dirname(countermark), "countermark-server");
  const ending = await sandbox.run(server, [...noted.split(" "), "--data", index.data]);
  assert.equal(ending.code, 0, ending.output);
  const [claim = ""] = block("Each release");
  const shown = await alice.type(claim, project("flask", "1.0"), [alice.passphrase]);
  assert.match(shown, /same +flask-1\.0[^]*published at/);
});

test("with the tools that somebody has", async () => {
  const lines = block("With the tools you have");
  const others = lines.filter((line) => !WALKED_TOOLS.test(line)).map((line) => /-- (\w+)/.exec(line)?.[1]);
  assert.deepEqual(others, ["poetry", "pdm", "flit", "hatch", "python"]);
  for (const [number, line] of lines.filter((each) => WALKED_TOOLS.test(each)).entries()) {
    const shown = await alice.type(line, project("demo", `3.${number}`), [alice.passphrase]);
    assert.match(shown, new RegExp(`signed demo-3\\.${number}-[^]*published at`));
  }
});

test("CI, with a key of its own, and with a token whose files a releaser approves", async () => {
  const folder = project("demo", "4.0");
  const [key = ""] = block("CI");
  await alice.type(key, folder, [alice.passphrase]);
  const CI_KEY = readFileSync(join(folder, "ci.key"), "utf8").trim();
  for (const line of block("CI")) await job.type(line, folder, [], { CI_KEY });
  const [create = ""] = block("CI");
  const token = /cm_\w+/.exec(await alice.type(create, folder, [alice.passphrase]))?.[0] ?? "";
  const built = makeWheel({ name: "demo", version: "5.0" });
  const dist = writeDistributions(join(sandbox.folder, "built"), [built]);
  const twine = { TWINE_REPOSITORY_URL: `${url}/legacy/`, TWINE_USERNAME: "__token__", TWINE_PASSWORD: token };
  await job.type(`twine upload ${dist}/*`, sandbox.folder, [], twine);
  words.set("DIGEST", createHash("sha256").update(built.bytes).digest("hex"));
  const [approve = ""] = block("CI");
  assert.match(await alice.type(approve, folder, [alice.passphrase, YES]), /the digest that you gave/);
});

test("taking back", async () => {
  const folder = project("demo");
  for (const line of [...block("Taking back"), ...block("Taking back")]) {
    assert.match(await alice.type(line, folder, [alice.passphrase]), /published at/, line);
  }
  rmSync(join(folder, "dist/demo-1.0-py3-none-any.whl"));
});

test("a second person: invited, joined, accepted; two sign; and let go again", async () => {
  const folder = project("demo");
  const once = guide.find(({ heading }) => heading === "Once")?.lines ?? [];
  await bob.type(once[0] ?? "", sandbox.folder);
  bob.remember(await bob.type((once[1] ?? "").replace("alice", "bob"), sandbox.folder, LOGIN));
  const [invite = "", join_ = "", accept = "", look = "", both = ""] = block("A second person, a second machine");
  const code = /cm-join:\S+/.exec(await alice.type(invite, folder))?.[0] ?? "";
  const typeCode: Step = ["Code of the invitation: ", `${code}\r`];
  await bob.type(join_, sandbox.folder, [typeCode, bob.passphrase]);
  await alice.type(accept, folder, [typeCode, alice.passphrase, YES]);
  assert.match(await alice.type(look, folder), /^1 of these releasers must sign\r\n(?=[^]* alice)(?=[^]* bob)/);
  const waits = await alice.type(both, folder, [alice.passphrase]);
  words.set("--transaction ID", /--transaction \S+/.exec(waits)?.[0] ?? assert.fail(waits));
  const [approve = ""] = block("A second person, a second machine");
  assert.match(await bob.type(approve, sandbox.folder, [bob.passphrase, YES]), /published/);
  assert.match(await alice.type(look, folder), /2 of these releasers must sign/);
  for (const line of block("A second person, a second machine")) await alice.type(line, folder, [alice.passphrase]);
  assert.doesNotMatch(await alice.type(look, folder), /bob/);
  assert.deepEqual(
    guide.filter((one) => !typed.has(one)),
    [],
    "every command of the guide was typed",
  );
});

test("what was released installs, and is its developer's", async () => {
  await trust(sandbox, url, index.fingerprint);
  for (const [requirement, said] of [
    ["demo", "demo 5.0"],
    ["flask", "flask 1.0"],
  ] as const) {
    const { code, output, target } = await installVerified(sandbox, newPip, [requirement]);
    assert.equal(code, 0, output);
    assert.equal(await importing(sandbox, target, requirement), said);
  }
});

test("a ceremony of two holders, as the key holder's guide has it", async () => {
  const text = textOf("keys/README.md");
  const commands = [...text.matchAll(/`(countermark(?:-server)? (?:propose|ceremony|apply) [^`]+)`/g)].map(
    ([, line]) => line,
  );
  const find = (pattern: RegExp): string =>
    commands.find((line) => pattern.test(line ?? "")) ?? assert.fail(String(pattern));
  const [me, other] = [new Person("me"), new Person("other")];
  words.set("KEYS", index.keys);
  me.remember(await me.type(find(/^countermark ceremony seal KEYS$/), sandbox.folder, LOGIN));
  other.phrase = me.phrase;
  const folders = [
    [me, "me", ["root.json"]],
    [other, "other", ["targets.json", "shards.json"]],
  ] as const;
  const carried = join(sandbox.folder, "carried");
  mkdirSync(carried);
  await me.type(find(/propose .*--out/), carried);
  for (const [holder, name, keys] of folders) {
    const folder = join(sandbox.folder, `keys-${name}`);
    mkdirSync(folder, { mode: 0o700 });
    for (const file of [...keys, "ceremony.json"]) copyFileSync(join(index.keys, file), join(folder, file));
    words.set("KEYS", folder);
    const sign = find(/^countermark ceremony sign bundle\.json --keys KEYS$/);
    assert.match(await holder.type(sign, carried), /ceremony 2: \d+ offline roles[^]*not yet: 2/);
    const out = /`(--out )me(\.signatures)`/.exec(text)?.slice(1).join(name) ?? assert.fail("no --out");
    await holder.type(`${sign} ${out}`, carried, [holder.passphrase]);
  }
  assert.match(await me.type(find(/^countermark-server apply/), carried), /ceremony 2: offline roles valid until/);
});
