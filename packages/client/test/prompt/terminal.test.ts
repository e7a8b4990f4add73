/* Everything here happens at a real pseudo-terminal. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { converse, type Step } from "../../../../test/harness/terminal/terminal.ts";
import { MASK } from "../../../identity/test/support/identities.ts";

const PHRASE = "wired rebuff mangle squint yo-yo drizzle t-shirt";
const SHOWN_PHRASE = "give it back to you\\.\\s+([a-z -]+)\\r";
const LINUX_ONLY = process.platform !== "linux" && "a process reads its own memory in /proc/self/mem on Linux only";

function program(name: string): string {
  return fileURLToPath(new URL(`../fixture/${name}`, import.meta.url));
}

function atTerminal(name: string, steps: readonly Step[], ...args: string[]) {
  const argv = [process.execPath, "--expose-gc", program(name), ...args];
  return converse(argv, steps, { environment: process.env, folder: tmpdir() });
}

test(
  "a typed passphrase is not echoed, mistyped words are found here, and nothing of it is left in memory (and so in no core dump)",
  { skip: LINUX_ONLY },
  async () => {
    const masked = Buffer.from(PHRASE).map((byte) => byte ^ MASK);
    const steps: readonly Step[] = [
      ["Passphrase of alice: ", "wired rebuff mangle squirt yo-yo drizle t-shirt\r"],
      ["word 6 is not in the list; did you mean drizzle.*Passphrase of alice: ", `${PHRASE}x\x7f\r`],
    ];
    const {
      code,
      shown,
      steps: done,
    } = await atTerminal("ask-and-search.ts", steps, Buffer.from(masked).toString("hex"));
    assert.equal(code, 0, shown);
    assert.equal(done, 2, shown);
    const [, held, left] = /finds: (\d+) while held, (\d+) after/.exec(shown) ?? [];
    assert.ok(Number(held) > 0, `the control: what is held is found\n${shown}`);
    assert.equal(left, "0", shown);
    for (const word of ["rebuff", "mangle", "squint"]) assert.ok(!shown.includes(word), shown);
  },
);

test("a new phrase is shown once, on a screen of its own, and asked back", async () => {
  const back: Step = ["Word (\\d)[^:]*: ", "\r", SHOWN_PHRASE];
  const steps: readonly Step[] = [["Press Enter", "\r"], back, ["Word \\d[^:]*: ", "wrong\r"], back, back];
  const { code, shown, steps: done } = await atTerminal("make-phrase.ts", steps);
  assert.equal(code, 0, shown);
  assert.equal(done, steps.length, shown);
  assert.match(shown, /That is another word\.[^]*made: 7 words/);
  const [, screen, after] = /\u001b\[\?1049h([^]*)\u001b\[\?1049l([^]*)/.exec(shown) ?? [];
  const words = new RegExp(SHOWN_PHRASE).exec(screen ?? "")?.[1]?.split(" ") ?? [];
  assert.equal(words.length, 7);
  for (const word of words) assert.ok(!after?.includes(word), "a word stays behind on the ordinary screen");
});

test("Ctrl-C at a prompt gives up, with the terminal as it was", async () => {
  const steps: readonly Step[] = [["Press Enter", "\x03"]];
  const { code, shown } = await atTerminal("make-phrase.ts", steps);
  assert.equal(code, 1, shown);
  assert.match(shown, /\u001b\[\?1049l[^]*PROMPT_GIVEN_UP/);
});

test("nothing that reads passphrases knows of arguments or of the environment", () => {
  const sources = ["passphrase.ts", "new-phrase.ts", "terminal.ts", "line-editor.ts"].map((name) =>
    readFileSync(new URL(`../../../identity/src/prompt/${name}`, import.meta.url), "utf8"),
  );
  for (const source of sources) assert.doesNotMatch(source, /process\.(?:env|argv)/);
});
