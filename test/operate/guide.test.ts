/* The operator's guide, typed line by line on an empty machine: what it says works, and does what it says. */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { programOf } from "../../tools/python/environments.ts";
import { makeWheel, writeDistributions } from "../harness/distributions/distributions.ts";
import { serve } from "../harness/index-server.ts";
import { importing, installPlainly, installVerified, newPip, trust, uvPip } from "../harness/installers.ts";
import type { Ending } from "../harness/processes.ts";
import { openSandbox, type Sandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import { commandsOf, type Block } from "../harness/guide.ts";
import { Machine } from "./machine.ts";

const scope = new Scope();
let sandbox: Sandbox;
let machine: Machine;
let token: string;
const guide = commandsOf("operate/README.md");
const restoring = commandsOf("operate/restore.md");
const typed = new Set<Block>();
/** A developer's key of the example; withdrawing a real one has tests of its own (`attacks/people.test.ts`). */
const EXAMPLES_KEY = "--key 3f2a...";

before(async () => {
  sandbox = await openSandbox(scope);
  machine = new Machine(sandbox);
});
after(() => scope.end());

/** Types the block under a heading, and returns how each line ended. */
async function typeBlock(heading: string, blocks = guide): Promise<readonly Ending[]> {
  const block = blocks.find((one) => one.heading === heading && !typed.has(one));
  assert.ok(block !== undefined, `the guide has no commands under '${heading}'`);
  typed.add(block);
  const endings: Ending[] = [];
  for (const line of block.lines) if (!line.includes(EXAMPLES_KEY)) endings.push(await machine.type(line));
  return endings;
}

async function get(path: string, accept = "application/vnd.pypi.simple.v1+json"): Promise<Response> {
  return fetch(new URL(path, machine.url), { headers: { accept }, redirect: "manual" });
}

interface Page {
  readonly files: readonly { readonly filename: string; readonly yanked?: boolean | string }[];
  readonly "project-status"?: { readonly status: string; readonly reason?: string };
}

async function pageOf(project: string): Promise<Page> {
  const answer = await get(`/simple/${project}/`);
  assert.equal(answer.status, 200, project);
  return (await answer.json()) as Page;
}

/** A wheel as a developer's machine has it, and twine's way to the index. */
async function upload(name: string, version: string): Promise<void> {
  const dist = join(sandbox.folder, `dist-${name}-${version}`);
  writeDistributions(dist, [makeWheel({ name, version })]);
  const ending = await sandbox.run(programOf("twine", "twine"), ["upload", ...readdirSync(dist)], {
    folder: dist,
    settings: {
      TWINE_REPOSITORY_URL: `${machine.url}/legacy/`,
      TWINE_USERNAME: "__token__",
      TWINE_PASSWORD: token,
      TWINE_NON_INTERACTIVE: "1",
    },
  });
  assert.equal(ending.code, 0, ending.output);
}

async function installs(requirement: string, installer = newPip): Promise<void> {
  const name = requirement.split("==")[0] ?? "";
  const { code, output, target } = await installVerified(sandbox, installer, [requirement]);
  assert.equal(code, 0, output);
  assert.match(await importing(sandbox, target, name), new RegExp(`^${name} `));
}

test("from nothing to a running index, which pip reads with and without countermark", async () => {
  const wheels = join(sandbox.folder, "wheels");
  writeDistributions(wheels, [
    makeWheel({ name: "alphapkg", version: "1.0" }),
    makeWheel({ name: "flask", version: "2.0" }),
  ]);
  machine.replace("FOLDER_OF_WHEELS", wheels);
  const endings = await typeBlock("From nothing to a running index");
  const fingerprint = endings.map(({ stdout }) => /fingerprint +([0-9a-f]{64})/.exec(stdout)?.[1]).find(Boolean) ?? "";
  assert.match(endings.at(-1)?.stdout ?? "", /"status":"ok"/);
  machine.replace("FINGERPRINT", fingerprint);
  await trust(sandbox, machine.url, fingerprint);
  await installs("alphapkg==1.0");
  const plain = await installPlainly(sandbox, newPip, machine.url, ["alphapkg"]);
  assert.equal(plain.code, 0, plain.output);
});

test("files come in from a folder and from other indexes", async () => {
  machine.bring = (folder) => {
    const made = [makeWheel({ name: "flask", version: "3.0.1" }), makeWheel({ name: "rich", version: "14.0" })];
    writeDistributions(folder, made);
  };
  await typeBlock("Bring files in");
  assert.deepEqual(
    (await pageOf("flask")).files.map(({ filename }) => filename),
    ["flask-2.0-py3-none-any.whl", "flask-3.0.1-py3-none-any.whl"],
  );
  const other = join(sandbox.folder, "other");
  const init = await sandbox.run(join(machine.root, "usr/local/bin/countermark-server"), [
    ...["init", "--data", join(other, "data"), "--keys", join(other, "keys"), "--unsealed-keys"],
  ]);
  assert.equal(init.code, 0, init.output);
  const theirs = [makeWheel({ name: "rich", version: "15.0" }), makeWheel({ name: "deltapkg", version: "1.0" })];
  const brought = await sandbox.run(join(machine.root, "usr/local/bin/countermark-server"), [
    ...["import", "--data", join(other, "data"), writeDistributions(join(other, "wheels"), theirs)],
  ]);
  assert.equal(brought.code, 0, brought.output);
  const { url, process } = await serve(sandbox, { data: join(other, "data"), keys: "" });
  machine.replace("https://devpi.example.org/team/prod/+simple/", `${url}/simple/`);
  machine.replace("https://index.example.org/simple/ --project flask rich", `${url}/simple/ --project rich`);
  writeFileSync(join(sandbox.folder, "secret"), "somebody:something\n");
  const [whole] = await typeBlock("Bring files in");
  assert.match(whole?.stdout ?? "", /published 2 files/, whole?.output);
  await process.stop();
  await installs("deltapkg", uvPip);
});

test("a token uploads to its project, and names are kept for their owners", async () => {
  const [, made] = await typeBlock("Let people upload");
  token = made?.stdout.trim() ?? "";
  assert.match(token, /^cm_/);
  await machine.type("sudo -u countermark countermark-server project member add flask ann --role owner");
  await upload("flask", "3.0.2");
  await installs("flask==3.0.2");
  writeFileSync(join(sandbox.folder, "more-names.txt"), "tomllib\nzoneinfo\n");
  const [, , listed] = await typeBlock("Names");
  for (const name of ["acme", "json", "tomllib"]) assert.match(listed?.stdout ?? "", new RegExp(`\\b${name}\\b`));
});

test("yank and withdrawal are seen as soon as the command has ended, and stand in the log", async () => {
  const endings = await typeBlock("Change what is served");
  const { files } = await pageOf("flask");
  assert.equal(
    files.find(({ filename }) => filename.includes("3.0.1")),
    undefined,
    "a withdrawn release is listed",
  );
  assert.match(endings.at(-1)?.stdout ?? "", /operator  yank flask[^]*operator  status flask/);
  const refused = await installVerified(sandbox, newPip, ["flask==3.0.1"]);
  assert.notEqual(refused.code, 0);
  for (const { path, wants } of [
    { path: "/-/health", wants: /"status":"ok"/ },
    { path: "/-/ready", wants: /^ready$/m },
    { path: "/-/metrics", wants: /^countermark_role_expires_seconds\{kind="offline"\} \d/m },
    { path: "/", wants: /Example Ltd/ },
    { path: "/trust/", wants: /timestamp/ },
  ]) {
    assert.match(await (await get(path, "*/*")).text(), wants, path);
  }
});

test("a ceremony renews beside the running server, and installers go on", async () => {
  await typeBlock("Hold a ceremony");
  assert.match(await (await get("/trust/", "text/html")).text(), /\b2\b/);
  await installs("rich==15.0");
});

test("a backup is made while files are uploaded, and what it holds is whole", async () => {
  const uploads = (async () => {
    for (const version of ["4.0", "4.1", "4.2"]) await upload("flask", version);
  })();
  await Promise.all([typeBlock("Back up", restoring), uploads]);
  const backup = join(machine.root, "mnt/backup/index");
  assert.ok(existsSync(join(backup, "keys")));
  await machine.type("sudo -u countermark countermark-server fsck --data /mnt/backup/index --root FINGERPRINT");
});

test("an upgrade: backup, new packages, restart, fsck; installers notice nothing", async () => {
  await typeBlock("Upgrade");
  await installs("flask==4.2");
});

test("after the disk was lost, the restored index goes on for those who saw more than the backup", async () => {
  await upload("flask", "5.0");
  await installs("flask==5.0");
  assert.equal((await machine.stopService()).code, 0);
  const mirrored = join(sandbox.folder, "mirrored");
  cpSync(join(machine.root, "var/lib/countermark"), mirrored, { recursive: true });
  const mirror = await serve(sandbox, { data: mirrored, keys: "" });
  machine.replace("https://mirror.example.org/", `${mirror.url}/`);
  machine.loseData();
  mkdirSync(join(machine.root, "var/lib/countermark"));
  const [restored] = await typeBlock("Restore", restoring);
  assert.match(restored?.output ?? "", /fetched|derived|old/, restored?.output);
  await mirror.process.stop();
  await typeBlock("Restore", restoring);
  await installs("flask==4.2");
  await installs("deltapkg", uvPip);
  await upload("flask", "5.0");
  await installs("flask==5.0");
  await typeBlock("Hold the index against what it has signed", commandsOf("operate/fsck.md"));
});

test("every command of the guide was typed", () => {
  const left = [...guide, ...restoring].filter((block) => !typed.has(block));
  assert.deepEqual(left, []);
});
