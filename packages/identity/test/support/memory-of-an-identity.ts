/**
 * A program of its own: derives an identity from the phrase on its standard input, uses it, closes it if told to, and
 * searches its own memory. Arguments: `open` or `closed`, then what to look for, in hex, masked so that the question is not
 * the answer. Prints one number of finds for each.
 */
import { setTimeout as wait } from "node:timers/promises";
import { makeTargets } from "@countermark/tuf";
import { readPassphraseDescriptor } from "@countermark/identity";
import { deriveIdentity } from "../../src/passphrase/derive.ts";
import { ACCOUNT, CHEAP } from "./identities.ts";
import { countInOwnMemory } from "./own-memory.ts";

const [how, ...questions] = process.argv.slice(2);
const masked = questions.map((question) => Buffer.from(question, "hex"));

const bytes = await readPassphraseDescriptor(0);
const identity = await deriveIdentity({ form: "phrase", bytes }, { ...ACCOUNT, generation: 1 }, CHEAP);
bytes.fill(0);
await identity.signRole(makeTargets({ version: 1, expires: Date.UTC(2035, 0) }));
if (how === "closed") identity.close();
for (let round = 0; round < 5; round += 1) {
  globalThis.gc?.();
  await wait(20);
}
process.stdout.write(JSON.stringify(countInOwnMemory(masked)));
identity.close();
