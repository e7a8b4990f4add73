/**
 * Measures what `countermark tuf` takes from its start to its end, built, on a small repository on loopback:
 * `node test/bench/starting.ts [--runs N]`. Elapsed time and what the process computed, medians, beside a Node that does nothing.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeBundles } from "../../tools/bundle/write.ts";
import { CLIENT } from "./built.ts";
import { describe, rootFile, snapshotFile, targetsFile, timestampFile } from "./peers/files/roles.ts";
import { median } from "./peers/measuring.ts";

const { values: options } = parseArgs({ options: { runs: { type: "string", default: "20" } } });
const runs = Math.max(1, Number.parseInt(options.runs, 10));
const TIMEOUT_MS = 60_000;

await writeBundles();
const targets = targetsFile({});
const snapshot = snapshotFile({ targets: describe(targets) });
const served = new Map([
  ["/timestamp.json", timestampFile(snapshot)],
  ["/1.snapshot.json", snapshot],
  ["/1.targets.json", targets],
]);
const server = createServer((request, response) => {
  const bytes = served.get(request.url ?? "");
  response.writeHead(bytes === undefined ? 404 : 200, { "content-length": bytes?.length ?? 0 }).end(bytes);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
const folder = mkdtempSync(join(tmpdir(), "countermark-starting-"));
try {
  const root = join(folder, "root.json");
  const metadata = ["--metadata-dir", join(folder, "metadata")];
  writeFileSync(root, rootFile());
  const init = [CLIENT, "tuf", ...metadata, "init", root];
  const rows = new Map([
    ["node, nothing to do", ["-e", "0"]],
    ["init", init],
    ["refresh", [CLIENT, "tuf", ...metadata, "--metadata-url", url, "refresh"]],
  ]);
  await measure(init);
  await measure(rows.get("refresh") ?? []);
  const samples = new Map([...rows.keys()].map((name) => [name, [] as Sample[]]));
  for (let run = 0; run < runs; run += 1) {
    for (const [name, args] of rows) samples.get(name)?.push(await measure(args));
  }
  for (const [name, taken] of samples) {
    const elapsed = taken.map(({ ms }) => ms);
    const figures = [median(elapsed), Math.min(...elapsed), median(taken.map(({ cpuMs }) => cpuMs))].map(Math.round);
    console.log(`${name}: median ${figures[0]} ms, least ${figures[1]} ms; computing ${figures[2]} ms (${runs} runs)`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
  server.close();
}

interface Sample {
  readonly ms: number;
  readonly cpuMs: number;
}

async function measure(args: readonly string[]): Promise<Sample> {
  const start = performance.now();
  // Node tells of its own children only together: the shell's `times` tells of one.
  const child = spawn("sh", ["-c", '"$@" >/dev/null 2>&1 || exit 1; times', "sh", process.execPath, ...args], {
    env: { PATH: process.env["PATH"] ?? "" },
    stdio: ["ignore", "pipe", "inherit"],
    timeout: TIMEOUT_MS,
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (output += part));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${String(code)}`);
  const ms = performance.now() - start;
  const times = (output.trim().split("\n")[1] ?? "").matchAll(/(\d+)m([\d.]+)s/g);
  const cpuMs = [...times].reduce(
    (sum, [, minutes, seconds]) => sum + (Number(minutes) * 60 + Number(seconds)) * 1000,
    0,
  );
  return { ms, cpuMs };
}
