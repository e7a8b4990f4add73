import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const home = new URL("../", import.meta.url);

function run(example: string): string {
  const path = fileURLToPath(new URL(`examples/${example}`, home));
  const env = { NODE_OPTIONS: "--conditions=countermark-source" };
  return execFileSync(process.execPath, [path], { encoding: "utf8", env });
}

const outputs: Readonly<Record<string, string>> = {
  "rotate.ts": [
    "draft: root is signed by 1 of the 2 keys it needs",
    "withBob: root is signed by 1 of the 2 keys it needs",
    "second: root 2 is trusted",
    "",
  ].join("\n"),
  "sign.ts": "",
  "verify.ts": "targets vouches for docs/hello.txt, 6 bytes\nrefused: TUF_INTEGRITY\n",
};

for (const [example, output] of Object.entries(outputs)) {
  test(`examples/${example} runs and prints what it should`, () => {
    assert.equal(run(example), output);
  });
}

test("every example is run, and stands in the README word for word", () => {
  const readme = readFileSync(new URL("README.md", home), "utf8");
  assert.deepEqual(readdirSync(new URL("examples", home)).sort(), Object.keys(outputs));
  for (const example of Object.keys(outputs)) {
    const source = readFileSync(new URL(`examples/${example}`, home), "utf8");
    assert.ok(readme.includes(`\`\`\`ts\n${source}\`\`\``), `README lacks examples/${example} as it is`);
  }
});
