import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileUrl } from "@countermark/repository";
import { makeWheel, writeDistributions } from "../../../../test/harness/distributions/distributions.ts";
import { scopeOf } from "../../../../test/harness/scope.ts";
import { ask, testIndex } from "../serving.ts";
import { server } from "./command.ts";

interface Page {
  readonly versions: readonly string[];
  readonly files: readonly { readonly filename: string; readonly yanked: boolean | string }[];
  readonly "project-status": { readonly status: string; readonly reason?: string };
}

const JSON_V1 = { accept: "application/vnd.pypi.simple.v1+json" };
const [ONE, TWO] = [makeWheel({ name: "flask", version: "1.0" }), makeWheel({ name: "flask", version: "2.0" })];

test("an operator yanks, withdraws, marks, deletes and restores while the index serves, and the log tells", async (t) => {
  const scope = scopeOf(t);
  const index = await testIndex(scope);
  index.clock.now = Date.now();
  await index.import([ONE, TWO]);
  const { url } = await index.serve();
  const page = async (): Promise<Page> =>
    JSON.parse((await ask(url, "/simple/flask/", JSON_V1)).body.toString()) as Page;
  const html = async (): Promise<string> => (await ask(url, "/simple/flask/")).body.toString();
  const file = async (): Promise<number> => (await ask(url, `/${fileUrl("flask", TWO.filename)}`)).status;
  const run = async (command: string, ...args: string[]): Promise<void> => {
    const { code, output, stdout } = await server(command, "--data", index.data, ...args);
    assert.equal(code, 0, output);
    assert.equal(stdout, "", "stdout is for data");
  };

  await run("yank", "Flask", "--version", "2.0.0", "--reason", 'breaks <b>"all"</b>');
  assert.equal((await page()).files[1]?.yanked, 'breaks <b>"all"</b>');
  assert.match(await html(), /data-yanked="breaks &lt;b&gt;&quot;all&quot;&lt;\/b&gt;"/);
  const forPeople = await ask(url, "/project/flask/");
  assert.match(forPeople.body.toString(), /yanked: breaks &lt;b&gt;&quot;all&quot;&lt;\/b&gt;/);
  assert.match(
    forPeople.headers["content-security-policy"]?.toString() ?? "",
    /^default-src 'none'; style-src 'sha256-/,
  );
  assert.equal((await ask(url, "/project/absent/")).status, 404);
  await run("unyank", "flask", "--file", TWO.filename);
  assert.equal((await page()).files[1]?.yanked, false);

  await run("withdraw", "flask", "--file", TWO.filename, "--reason", "CVE");
  assert.deepEqual((await page()).versions, ["1.0"]);
  assert.equal(await file(), 404);
  await run("restore-withdrawn", "flask", "--file", TWO.filename);
  assert.deepEqual((await page()).versions, ["1.0", "2.0"]);
  assert.equal(await file(), 200);

  await run("status", "flask", "archived", "--reason", "use other");
  assert.deepEqual((await page())["project-status"], { status: "archived", reason: "use other" });
  assert.equal((await page()).files.length, 2);
  await run("status", "flask", "quarantined");
  assert.deepEqual([(await page()).files, (await page())["project-status"]], [[], { status: "quarantined" }]);
  assert.match(await html(), /<meta name="pypi:project-status" content="quarantined">/);
  assert.equal(await file(), 404);
  await run("status", "flask", "active");
  await run("withdraw", "flask");
  assert.deepEqual((await page()).files, []);
  await run("restore-withdrawn", "flask");

  await run("delete", "flask", "--version", "2.0", "--reason", "secret in it");
  assert.deepEqual((await page()).versions, ["1.0"]);
  assert.equal(await file(), 404);
  const again = join(index.folder, "again");
  mkdirSync(again);
  writeDistributions(again, [TWO]);
  const imported = await server("import", "--data", index.data, again);
  assert.equal(imported.code, 1);
  assert.match(imported.output, /was deleted from this index/);
  await run("delete", "flask", "--all");
  assert.equal((await ask(url, "/simple/flask/")).status, 404);

  const refused = await server("yank", "flask", "--version", "1.0", "--data", index.data);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^error\[CHANGE_REFUSED\]: flask has no release 1\.0 \(NO_SUCH_FILE\)$/m);
  assert.equal((await server("delete", "flask", "--data", index.data)).code, 64);

  const { stdout } = await server("log", "--data", index.data, "flask", "--json");
  const log = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: number; kind: string; by: string; outcome: string; payload: object });
  assert.deepEqual(
    log.map(({ kind, outcome }) => `${kind} ${outcome}`),
    [
      ...["files published", "files published", "yank published", "unyank published"],
      ...Array<string>(7).fill("status published"),
      ...["delete published", "delete published", "yank refused"],
    ],
  );
  assert.deepEqual(log[2]?.payload, { reason: 'breaks <b>"all"</b>', version: "2.0.0" });
  assert.ok(log.every(({ by }) => by === "operator"));
  const tail = await server("log", "--data", index.data, "--after", String(log.at(-2)?.id ?? 0), "--limit", "1");
  assert.match(tail.stdout, /^\d+ {2}\S+Z {2}operator {2}yank flask {2}refused NO_SUCH_FILE: /);

  await index.index.audit.append({ at: 0, actor: "operator", action: "account.add", subject: "ada", detail: {} });
  const people = await server("log", "--data", index.data, "--people", "ada");
  assert.match(people.stdout, /^\d+ {2}1970-01-01T00:00:00\.000Z {2}operator {2}account\.add ada {2}\{\}$/m);
});
