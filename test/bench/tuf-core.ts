/**
 * Reading and verifying large metadata, against the floor of the same machine in the same run: decoding and `JSON.parse`,
 * SHA-256 of the file, one Ed25519 verification over the received bytes of `signed`. Each figure is the best of some
 * fresh processes; beside the clock stands the CPU time of the main thread, which a busy machine disturbs less. Run: `NODE_OPTIONS=--conditions=countermark-source node test/bench/tuf-core.ts [rounds]`
 */
import { execFileSync } from "node:child_process";
import { createHash, createPublicKey, verify } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import {
  delegationsFor,
  ed25519PublicKey,
  ed25519Signer,
  makeDelegations,
  makeSnapshot,
  makeTargetFile,
  makeTargets,
  readSnapshot,
  readTargets,
  signMetadata,
  verifySignatures,
  type Metadata,
} from "@countermark/tuf";

const signer = ed25519Signer(new Uint8Array(32).fill(7));
const expires = Date.UTC(2040, 0, 1);
const role = { keyIds: [signer.publicKey.keyId], threshold: 1, unknown: new Map() };

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function project(i: number): string {
  return `${sha256(`project-${i}`).slice(0, 4)}/project-${i}`;
}

function snapshot(entries: number, hashed: boolean): Metadata {
  const meta = Array.from({ length: entries }, (_, i) => {
    const name = `unclaimed-${i.toString(16).padStart(4, "0")}`;
    const hashes = new Map([["sha256", sha256(name)]]);
    return [name, hashed ? { version: i + 1, length: 1000 + i, hashes } : { version: i + 1 }] as const;
  });
  return makeSnapshot({ version: 1, expires, meta: new Map(meta) });
}

function delegations(count: number): Metadata {
  const keys = Array.from({ length: count }, (_, i) => ed25519Signer(Buffer.from(sha256(String(i)), "hex")).publicKey);
  const roles = keys.map(({ keyId }, i) => {
    return { name: `p.project-${i}`, keyIds: [keyId], threshold: 1, terminating: true, paths: [`${project(i)}/*`] };
  });
  return makeTargets({ version: 1, expires, delegations: makeDelegations({ keys, roles }) });
}

function files(count: number): Metadata {
  const targets = Array.from({ length: count }, (_, i) => {
    const path = `${project(i)}/project_${i}-1.0.0-py3-none-any.whl`;
    return [path, makeTargetFile({ length: 1000 + i, sha256: sha256(path) })] as const;
  });
  return makeTargets({ version: 1, expires, targets: new Map(targets) });
}

/** Best of python-tuf 7.0.1, tuf-js 6.0.2 and go-tuf 2.4.2 on the machine of docs/performance.md, in milliseconds. */
const cases: Readonly<Record<string, { readonly make: () => Metadata; readonly bestPeer: number }>> = {
  "snapshot, 16,384 versions": { make: () => snapshot(16_384, false), bestPeer: 52 },
  "snapshot, 65,536 versions": { make: () => snapshot(65_536, false), bestPeer: 273 },
  "snapshot, 16,384 with length and hash": { make: () => snapshot(16_384, true), bestPeer: 134 },
  "snapshot, 65,536 with length and hash": { make: () => snapshot(65_536, true), bestPeer: 509 },
  "10,000 delegations with own keys": { make: () => delegations(10_000), bestPeer: 162 },
  "50,000 delegations with own keys": { make: () => delegations(50_000), bestPeer: 1002 },
  "100,000 target files": { make: () => files(100_000), bestPeer: 745 },
};

/** Milliseconds by the clock, and of CPU time in the main thread. */
interface Figure {
  readonly wall: number;
  readonly cpu: number;
}

function clock(): () => Figure {
  const wall = performance.now();
  const cpu = process.threadCpuUsage();
  return () => {
    const { user, system } = process.threadCpuUsage(cpu);
    return { wall: performance.now() - wall, cpu: (user + system) / 1000 };
  };
}

/** One figure in this process: what `JSON.parse` and one verification cost. */
function floor(bytes: Uint8Array): Figure {
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), rawKey()]);
  const stop = clock();
  const json = JSON.parse(new TextDecoder().decode(bytes)) as { signatures: { sig: string }[] };
  createHash("sha256").update(bytes).digest();
  const from = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf('"signed":') + '"signed":'.length;
  const key = createPublicKey({ key: spki, format: "der", type: "spki" });
  const signature = Buffer.from(json.signatures[0]?.sig ?? "", "hex");
  if (!verify(null, bytes.subarray(from, -1), key, signature)) throw new Error("the floor does not verify");
  return stop();
}

/** The same with this package: read into types, every check included. */
function ours(bytes: Uint8Array): Figure {
  const keys = new Map([[signer.publicKey.keyId, ed25519PublicKey(rawKey())]]);
  const read = readerOf(bytes);
  const stop = clock();
  const envelope = read(bytes);
  createHash("sha256").update(bytes).digest();
  verifySignatures(envelope, keys, role, "role");
  return stop();
}

function readerOf(bytes: Uint8Array): typeof readSnapshot | typeof readTargets {
  return Buffer.from(bytes.subarray(0, 1000)).includes('"_type":"snapshot"') ? readSnapshot : readTargets;
}

function rawKey(): Uint8Array {
  const keyval = signer.publicKey.json.get("keyval") as ReadonlyMap<string, string>;
  return Buffer.from(keyval.get("public") ?? "", "hex");
}

/** Median of one look-up among all, after the first, which builds the index. */
function lookUp(bytes: Uint8Array): Figure {
  const { delegations: all } = readTargets(bytes).signed;
  if (all === undefined) throw new Error("no delegations");
  const paths = Array.from({ length: 10_001 }, (_, i) => `${project((i * 7919) % all.roles.size)}/x-1.0.whl`);
  const times = paths.map((path) => {
    const start = performance.now();
    const found = delegationsFor(all, path).length;
    if (found !== 1) throw new Error(`${found} delegations for ${path}`);
    return performance.now() - start;
  });
  return { wall: median(times.slice(1)), cpu: Number.NaN };
}

const figures = { floor, ours, lookUp };

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function inFreshProcess(figure: keyof typeof figures, file: string): Figure {
  const output = execFileSync(process.execPath, [fileURLToPath(import.meta.url), figure, file], { encoding: "utf8" });
  return JSON.parse(output) as Figure;
}

async function bench(rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "countermark-bench-"));
  try {
    process.stdout.write(
      row("ms, best of " + String(rounds), "MB", "floor", "ours", "x floor", "x in CPU", "best peer", "peer/ours"),
    );
    for (const [name, { make, bestPeer }] of Object.entries(cases)) {
      const bytes = await signMetadata(make(), [signer]);
      const file = join(folder, "metadata.json");
      writeFileSync(file, bytes);
      const pairs = Array.from(
        { length: rounds },
        () => [inFreshProcess("floor", file), inFreshProcess("ours", file)] as const,
      );
      const best = (side: 0 | 1, by: keyof Figure) => Math.min(...pairs.map((pair) => pair[side][by]));
      const [low, own] = [best(0, "wall"), best(1, "wall")];
      const byCpu = best(1, "cpu") / best(0, "cpu");
      const numbers = [bytes.length / 1e6, low, own, own / low, byCpu, bestPeer, bestPeer / own].map((n) =>
        n.toFixed(1),
      );
      process.stdout.write(row(name, ...numbers));
      if (name.startsWith("50,000")) {
        process.stdout.write(
          row("one look-up among them", "", "", inFreshProcess("lookUp", file).wall.toFixed(5), "", "", "1.0"),
        );
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function row(name: string, ...columns: readonly string[]): string {
  return `${name.padEnd(40)}${columns.map((column) => column.padStart(11)).join("")}\n`;
}

const [mode, file] = process.argv.slice(2);
if (mode === "floor" || mode === "ours" || mode === "lookUp") {
  process.stdout.write(JSON.stringify(figures[mode](readFileSync(file ?? ""))));
} else {
  await bench(Number(mode ?? 5));
}
