// A signer as an operator might have one: a key of its own, the protocol of docs/operate/signers.md, and a way to misbehave.
import { createPrivateKey, sign } from "node:crypto";
import { createInterface } from "node:readline";

const [, , seed, mood = "well", once] = process.argv;
const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.from(seed, "hex")]);
const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });

const answers = {
  well: ({ id, message }) => ({ id, signature: sign(null, Buffer.from(message, "base64"), key).toString("hex") }),
  refuse: ({ id }) => ({ id, error: "not\non a Sunday" }),
  lie: ({ id }) => ({ id, signature: "00".repeat(64) }),
  other: ({ id, message }) => ({ ...answers.well({ id, message }), id: id + 1 }),
  nothing: ({ id }) => ({ id }),
  noise: () => "x".repeat(10_000),
  die: () => process.exit(3),
};

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answers[mood](JSON.parse(line)))}\n`);
}
if (once !== undefined) process.exit(0);
