// The least that any client in Node must do when nothing has changed: ask for the next root and the timestamp, read what it
// has of the roles on the way to one target, and that target, and hash it. Nothing is parsed, compared or verified.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { peakBytes } from "./peak-memory.mjs";

const [, , , folder] = process.argv;
const { metadataUrl, served } = JSON.parse(readFileSync(join(folder, "returning.json"), "utf8"));
const cache = join(folder, "cache", "floor");
const agent = new http.Agent({ keepAlive: true });
if (!existsSync(cache)) await fill();

const cpu = process.cpuUsage();
const start = performance.now();
await ask("2.root.json");
await ask("timestamp.json");
for (const file of readdirSync(cache))
  createHash("sha256")
    .update(readFileSync(join(cache, file)))
    .digest("hex");
const ms = performance.now() - start;
const { user, system } = process.cpuUsage(cpu);
agent.destroy();
console.log(JSON.stringify({ ms, cpuMs: (user + system) / 1000, peakBytes: peakBytes() }));

async function fill() {
  mkdirSync(cache, { recursive: true });
  for (const [at, path] of served.entries()) writeFileSync(join(cache, String(at)), await ask(path.slice(1)));
}

async function ask(path) {
  const response = await new Promise((resolve, reject) => {
    http.get(new URL(encodeURI(path), metadataUrl), { agent }, resolve).once("error", reject);
  });
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks);
}
