// The least that any client in Node must do with a file: JSON.parse, one SHA-256, one Ed25519 verification over the
// received slice of `signed`. Plain JavaScript: what strips types would count as this program's memory.
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { peakBytes } from "./peak-memory.mjs";
import { timed } from "./stopwatch.mjs";

const [, , , folder] = process.argv;
const { measured } = JSON.parse(readFileSync(join(folder, "case.json"), "utf8"));
const root = JSON.parse(readFileSync(join(folder, "root.json"), "utf8"));
const bytes = readFileSync(join(folder, `${measured}.json`));

const { result, ms, cpuMs } = timed(() => {
  const file = JSON.parse(bytes.toString("utf8"));
  createHash("sha256").update(bytes).digest("hex");
  const [{ keyid, sig }] = file.signatures;
  const raw = Buffer.from(root.signed.keys[keyid].keyval.public, "hex");
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]);
  const key = createPublicKey({ key: spki, format: "der", type: "spki" });
  const from = bytes.indexOf('"signed":') + '"signed":'.length;
  const verified = verify(null, bytes.subarray(from, bytes.length - 1), key, Buffer.from(sig, "hex"));
  // The value is held, as a client holds it, while its memory is measured.
  return { file, verified };
});
const peak = peakBytes();

if (!result.verified || result.file.signed === undefined) throw new Error("the file does not verify");
console.log(JSON.stringify({ ms, cpuMs, peakBytes: peak }));
