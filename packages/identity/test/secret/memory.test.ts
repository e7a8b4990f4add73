import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { argon2Sync, hkdfSync } from "node:crypto";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { derivationSalt } from "../../src/passphrase/derive.ts";
import { ACCOUNT, CHEAP, hex, MASK, utf8 } from "../support/identities.ts";

const PROGRAM = fileURLToPath(new URL("../support/memory-of-an-identity.ts", import.meta.url));
const NONE = process.platform !== "linux" && "a process reads its own memory in /proc/self/mem on Linux only";
const PHRASE = "wired rebuff mangle squint yo-yo drizzle t-shirt";

/** The secrets of the phrase, computed apart from the package, masked. */
function questions(): string[] {
  const nonce = derivationSalt({ ...ACCOUNT, generation: 1 }, CHEAP);
  const { memoryKib: memory, passes, lanes: parallelism } = CHEAP;
  const master = argon2Sync("argon2id", { message: PHRASE, nonce, memory, passes, parallelism, tagLength: 32 });
  const seeds = ["release key", "login key"].map((label) => {
    const info = `countermark/v1/${label}\0${ACCOUNT.repository}\0${ACCOUNT.account}\0`;
    return Buffer.from(hkdfSync("sha256", master, "", info, 32));
  });
  return [utf8(PHRASE), master, ...seeds].map((secret) => hex(secret.map((byte) => byte ^ MASK)));
}

function finds(how: "open" | "closed"): unknown {
  const output = execFileSync(process.execPath, ["--expose-gc", PROGRAM, how, ...questions()], {
    input: `${PHRASE}\n`,
    timeout: 120_000,
  });
  return JSON.parse(output.toString());
}

test(
  "a closed identity leaves neither phrase nor master secret nor seed in memory (and so in no core dump)",
  { skip: NONE },
  () => {
    assert.deepEqual(finds("closed"), [0, 0, 0, 0]);
  },
);

test(
  "the control: of an open one the keys are found, and still neither the phrase nor the master secret",
  { skip: NONE },
  () => {
    const [phrase, master, release, login] = finds("open") as number[];
    assert.deepEqual([phrase, master], [0, 0]);
    assert.ok((release ?? 0) > 0 && (login ?? 0) > 0);
  },
);
