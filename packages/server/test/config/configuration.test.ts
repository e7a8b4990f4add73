import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Command } from "commander";
import { parse } from "smol-toml";
import { temporaryFolder } from "../../../../test/harness/temporary-folder.ts";
import { scopeOf } from "../../../../test/harness/scope.ts";
import { buildProgram } from "../../src/commands/program.ts";
import { addConfiguration } from "../../src/config/apply.ts";
import { findConfiguration } from "../../src/config/file.ts";
import { sectionsOf } from "../../src/config/sections.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const EXAMPLE = join(ROOT, "deploy/countermark-server.toml");
const GUIDE = readFileSync(join(ROOT, "docs/operate/configuration.md"), "utf8");
const sections = sectionsOf(buildProgram("0"));

/** A small program with the same way of reading its file; what its command was told. */
async function told(t: TestContext, file: string, args: readonly string[] = []): Promise<Record<string, unknown>> {
  const data = temporaryFolder(scopeOf(t));
  writeFileSync(join(data, "countermark-server.toml"), file);
  let options: Record<string, unknown> = {};
  const program = new Command("x").exitOverride().configureOutput({ writeErr: () => undefined });
  program
    .command("serve")
    .option("--data <folder>")
    .option("--public-url <url>", "", (text: string) => `<${text}>`, "default")
    .option("--port <port>", "", Number)
    .option("--tls-key <file>")
    .option("--log-requests")
    .option("--trusted-proxy <address...>", "", (text: string, before?: string[]) => [...(before ?? []), text])
    .action((given: Record<string, unknown>) => {
      options = given;
    });
  addConfiguration(program);
  await program.parseAsync(["serve", "--data", data, ...args], { from: "user" });
  const { data: _, ...rest } = options;
  return Object.fromEntries(
    Object.entries(rest).map(([k, v]) => [k, typeof v === "string" ? v.replace(data, "~") : v]),
  );
}

const refused = (what: RegExp) => (error: Error & { code?: string }) =>
  error.code === "CONFIGURATION" && what.test(error.message);

test("every flag of serve, and of the other commands of the file, stands in the example and in the guide", () => {
  const example = readFileSync(EXAMPLE, "utf8");
  const all = parse(example.replaceAll(/^#(?=[a-z-]+ = |\[)/gm, "")) as Record<string, Record<string, unknown>>;
  const { data, ...tables } = all;
  assert.equal(typeof data, "string");
  const shown = Object.entries(tables).flatMap(([name, table]) => Object.keys(table).map((key) => `${name}.${key}`));
  const known = [...sections].flatMap(([name, section]) => [...section.keys()].map((key) => `${name}.${key}`));
  assert.ok(known.length > 8);
  assert.deepEqual(shown.sort(), known.sort());
  for (const key of known) assert.match(GUIDE, new RegExp(`\`${key.split(".")[1] ?? ""}\``), `${key} in the guide`);
});

test("no line of the example is refused by the flag that it stands for", (t) => {
  const lines = readFileSync(EXAMPLE, "utf8").replaceAll(/^#(?=[a-z-]+ = |\[)/gm, "");
  const folder = temporaryFolder(scopeOf(t));
  const path = join(folder, "all.toml");
  writeFileSync(path, lines);
  const found = findConfiguration(path, undefined);
  for (const [name, table] of found?.tables ?? []) {
    for (const [key, value] of Object.entries(table as Record<string, unknown>)) {
      const option = sections.get(name)?.get(key);
      assert.ok(option !== undefined);
      for (const text of [value].flat()) option.parseArg?.(String(text), undefined);
    }
  }
});

test("the file fills in what no flag says; flags win; the parser of the flag reads the file's value", async (t) => {
  const file = `[serve]\npublic-url = "u"\nport = 81\nlog-requests = true\ntrusted-proxy = ["a", "b"]\ntls-key = "k.pem"\n`;
  const all = { publicUrl: "<u>", port: 81, logRequests: true, trustedProxy: ["a", "b"], tlsKey: "~/k.pem" };
  assert.deepEqual(await told(t, file), all);
  const flags = ["--port", "82", "--public-url", "v", "--trusted-proxy", "c"];
  assert.deepEqual(await told(t, file, flags), { ...all, publicUrl: "<v>", port: 82, trustedProxy: ["c"] });
  assert.deepEqual(await told(t, ""), { publicUrl: "default" });
});

test("strict: unknown keys, tables and types are refused, also in tables of other commands", async (t) => {
  for (const [file, what] of [
    [`[serve]\nprivat = true\n`, /\[serve\] has no setting "privat"/],
    [`[sevre]\nport = 1\n`, /there is no setting "sevre"/],
    [`port = 1\n`, /there is no setting "port" outside of a table; it belongs below \[serve\]/],
    [`prot = 1\n`, /there is no setting "prot"$/m],
    [`serve = 1\n`, /serve must be a table/],
    [`[serve]\nport = true\n`, /port in \[serve\]: must be a text or a number/],
    [`[serve]\nport = [1, 2]\n`, /port in \[serve\]: takes one value/],
    [`[serve]\nlog-requests = "yes"\n`, /must be true or false/],
    [`[serve]\nport = 1\nport = 2\n`, /cannot be used/],
    [`data = 1\n`, /data is not a text/],
    [`data = "/elsewhere"\n`, /names another, \/elsewhere/],
    [`[serve]\nconfig = "other.toml"\n`, /no setting "config"/],
    ["x".repeat(70_000), /larger than/],
  ] as const) {
    await assert.rejects(told(t, file), refused(what), file.slice(0, 50));
  }
  await assert.rejects(told(t, "", ["--config", "/nowhere.toml"]), { code: "NO_SUCH_PATH" });
});

test("the machine's file counts only for the data folder that it names, and never over the folder's own", (t) => {
  const folder = temporaryFolder(scopeOf(t));
  const [system, data] = [join(folder, "system.toml"), join(folder, "data")];
  mkdirSync(data);
  writeFileSync(system, `data = ${JSON.stringify(data)}\n[serve]\nport = 1\n`);
  assert.equal(findConfiguration(undefined, undefined, system)?.data, data);
  assert.equal(findConfiguration(undefined, data, system)?.path, system);
  assert.equal(findConfiguration(undefined, join(folder, "other"), system), undefined);
  writeFileSync(join(data, "countermark-server.toml"), "");
  assert.equal(findConfiguration(undefined, data, system)?.path, join(data, "countermark-server.toml"));
  assert.equal(findConfiguration(undefined, undefined, join(folder, "none.toml")), undefined);
});
