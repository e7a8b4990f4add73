import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "../../src/commands/program.ts";

async function called(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: "", stderr: "" };
  const code = await run(args, "1.2.3", {
    writeOut: (text) => {
      written.stdout += text;
    },
    writeErr: (text) => {
      written.stderr += text;
    },
  });
  return { code, ...written };
}

test("wrong arguments are told of, with exit code 64", async () => {
  for (const args of [
    [],
    ["nonsense"],
    ["init"],
    ["init", "--data", "/x"],
    ["init", "--data", "/x", "--keys", "/y", "--shards", "100"],
    ["init", "--data", "/x", "--keys", "/y", "--profile", "none"],
    ["init", "--data", "/x", "--keys", "/y", "--name", "a\u0007b"],
    ["serve", "--data", "/x", "--listen", "8000"],
    ["serve", "--data", "/x", "--port", "70000"],
    ["import", "--data", "/x"],
    ["token", "create", "--data", "/x"],
    ["token", "create", "ann", "--data", "/x", "--days", "367"],
    ["token", "create", "ann", "--data", "/x", "--days", "0"],
    ["token", "create", "ann", "--data", "/x", "--scope", "admin"],
    ["project", "member", "add", "flask", "ann", "--data", "/x", "--role", "god"],
  ]) {
    const { code, stdout, stderr } = await called(...args);
    assert.deepEqual([code, stdout], [64, ""], args.join(" "));
    assert.match(stderr, /error: |Usage: /);
  }
});

const PEOPLE = [
  ...["add", "list", "disable", "enable", "invite"].map((command) => ["account", command]),
  ...["create", "list", "revoke"].map((command) => ["token", command]),
  ...["add", "list", "remove"].map((command) => ["project", "member", command]),
];

test("help goes to stdout and every command has an example", async () => {
  for (const command of [[], ["init"], ["serve"], ["import"], ["ceremony"], ["ceremony", "renew"], ...PEOPLE]) {
    const { code, stdout, stderr } = await called(...command, "--help");
    assert.deepEqual([code, stderr], [0, ""], command.join(" "));
    if (command.join() !== "ceremony") assert.match(stdout, /Examples?:\n {2}/);
  }
  assert.match((await called("--version")).stdout, /^\d+\.\d+\.\d+\n$/);
});
