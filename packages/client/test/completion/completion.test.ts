import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { completionScript } from "../../src/completion/scripts.ts";
import { completionTree } from "../../src/completion/tree.ts";
import { makeProgram } from "../../src/commands/program.ts";

const nodes = completionTree(makeProgram(() => undefined));
const bash = completionScript("bash", nodes);

/** What bash itself offers after these words. */
function offered(...words: readonly string[]): readonly string[] {
  const line = ["countermark", ...words].map((word) => `'${word}'`).join(" ");
  const ask = `${bash}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length}; _countermark; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = execFileSync("bash", ["--norc", "-c", ask], { encoding: "utf8" });
  return text.split("\n").filter((word) => word !== "");
}

test("bash is offered the commands, their options and what is below them, and commands of the machine after --", () => {
  assert.deepEqual(offered("wh"), ["why"]);
  assert.ok(offered("").includes("run"));
  assert.deepEqual(offered("floor", "ra"), ["raise"]);
  assert.deepEqual(offered("lock", "verify", "--js"), ["--json"]);
  assert.deepEqual(offered("trust", "--f"), ["--floor", "--forget"]);
  assert.ok(offered("run", "--", "bas").includes("bash"));
});

test("zsh gets the same words, fish a line for each command and option", () => {
  assert.ok(completionScript("zsh", nodes).startsWith("#compdef countermark\n"));
  const fish = completionScript("fish", nodes).split("\n");
  for (const { path, commands, options } of nodes) {
    const last = path.split(" ").at(-1) ?? "";
    const lines = fish.filter((line) => last === "" || line.includes(`__fish_seen_subcommand_from ${last}`));
    for (const { name } of commands)
      assert.ok(
        lines.some((line) => line.includes(` -a ${name} -d `)),
        `${path} ${name}`,
      );
    for (const { long } of options)
      assert.ok(
        lines.some((line) => line.includes(` -l ${long.slice(2)} `)),
        `${path} ${long}`,
      );
  }
});

test("a description cannot end its quotes", () => {
  const evil = [{ path: "", commands: [{ name: "x", description: "it's; rm -rf \\" }], options: [] }];
  assert.match(completionScript("fish", evil), /-d 'it\\'s; rm -rf \\\\'/);
});

test("every command has a description, and every reading command can speak JSON", () => {
  const reading = ["why", "status", "doctor", "lock verify", "agent", "floor"];
  for (const { path, commands, options } of nodes) {
    for (const { name, description } of commands) assert.notEqual(description, "", `${path} ${name}`);
    if (reading.includes(path))
      assert.ok(
        options.some(({ long }) => long === "--json"),
        path,
      );
  }
});
