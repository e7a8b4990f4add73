import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, describeUnseen, KEY, rootFile, snapshotFile, targetsFile, timestampFile } from "./roles.ts";
import { benchKey, keysById, sha256, type Plain } from "./signing.ts";

/** Metadata files that every contender reads: root, timestamp and snapshot, then targets where that is what is measured. */
export interface FilesCase {
  readonly name: string;
  /** The words of a report. */
  readonly title: string;
  readonly make: () => MadeFiles;
}

interface MadeFiles {
  readonly snapshot: Buffer;
  readonly targets?: Buffer;
  /** Target paths, each trusted to exactly one delegation. */
  readonly lookUps?: readonly string[];
}

export const FILES_CASES: readonly FilesCase[] = [
  snapshotCase(16_384, "versions"),
  snapshotCase(65_536, "versions"),
  snapshotCase(16_384, "hashes"),
  snapshotCase(65_536, "hashes"),
  delegationsCase(10_000),
  delegationsCase(50_000),
  targetFilesCase(100_000),
];

/** Writes a case into `folder`: the files by role name, and what the measuring programs are asked in `case.json`. */
export function writeCase({ make }: FilesCase, folder: string): void {
  const { snapshot, targets, lookUps = [] } = make();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "root.json"), rootFile());
  writeFileSync(join(folder, "timestamp.json"), timestampFile(snapshot));
  writeFileSync(join(folder, "snapshot.json"), snapshot);
  if (targets !== undefined) writeFileSync(join(folder, "targets.json"), targets);
  const measured = targets === undefined ? "snapshot" : "targets";
  writeFileSync(join(folder, "case.json"), JSON.stringify({ measured, lookUps }));
}

function snapshotCase(count: number, what: "versions" | "hashes"): FilesCase {
  const make = (): MadeFiles => {
    const shards = numbers(count).map((n) => {
      return [`unclaimed.${hex(n, 4)}`, what === "hashes" ? describeUnseen(n) : { version: 1 + (n % 40) }] as const;
    });
    return { snapshot: snapshotFile(Object.fromEntries(shards)) };
  };
  const listing = what === "hashes" ? "versions, lengths, hashes" : "versions";
  return { name: `snapshot-${count}-${what}`, title: `snapshot, ${grouped(count)} entries (${listing})`, make };
}

function delegationsCase(count: number): FilesCase {
  const make = (): MadeFiles => {
    const keys = numbers(count).map((n) => benchKey(n + 1));
    const roles = keys.map(({ keyId }, n) => ({
      name: `p.project-${n}`,
      keyids: [keyId],
      threshold: 1,
      terminating: true,
      paths: [`${folderOf(n)}/*`],
    }));
    const targets = targetsFile({ delegations: { keys: keysById(...keys), roles } });
    const lookUps = numbers(1_000).map((n) => `${folderOf(Math.floor((n * count) / 1_000))}/a-1.0.tar.gz`);
    return { snapshot: snapshotFile({ targets: describe(targets) }), targets, lookUps };
  };
  return { name: `delegations-${count}`, title: `${grouped(count)} delegations with their own keys`, make };
}

function targetFilesCase(count: number): FilesCase {
  const make = (): MadeFiles => {
    const files = numbers(count).map((n): [string, Plain] => {
      const { length, hashes } = describeUnseen(n);
      return [`${folderOf(n)}/project_${n}-1.0-py3-none-any.whl`, { length, hashes }];
    });
    const targets = targetsFile({ targets: Object.fromEntries(files) });
    return { snapshot: snapshotFile({ targets: describe(targets) }), targets };
  };
  return { name: `targets-${count}`, title: `${grouped(count)} target files in one role`, make };
}

const SHARDS = 16_384;
const TARGET_FILES = 1_200;

/** A repository for a client that has everything already: 16,384 shards, one of which holds 1,200 files. */
export interface ReturningRepository {
  readonly root: Buffer;
  /** What a web server answers, by URL path. */
  readonly served: ReadonlyMap<string, Buffer>;
  readonly target: string;
}

export function makeReturningRepository(): ReturningRepository {
  const content = Buffer.alloc(12_000, "countermark");
  const { length, hashes } = describe(content);
  const shard = 0x1234;
  const paths = numbers(TARGET_FILES).map((n) => `${hex(shard * 4, 4)}/project-${n}/project_${n}-1.0.tar.gz`);
  const shardFile = targetsFile({ targets: Object.fromEntries(paths.map((path) => [path, { length, hashes }])) });
  const delegate = (name: string, patterns: readonly string[]): Plain => {
    return { name, keyids: [KEY.keyId], threshold: 1, terminating: true, paths: patterns };
  };
  const shards = numbers(SHARDS).map((n) => `unclaimed.${hex(n, 4)}`);
  const shardRoles = shards.map((name, n) => {
    return delegate(
      name,
      numbers(4).map((i) => `${hex(n * 4 + i, 4)}/*/*`),
    );
  });
  const keys = keysById(KEY);
  const unclaimed = targetsFile({ delegations: { keys, roles: shardRoles } });
  const targets = targetsFile({ delegations: { keys, roles: [delegate("unclaimed", ["*/*/*"])] } });
  const listed = Object.fromEntries([...shards, "targets", "unclaimed"].map((name) => [name, { version: 1 }]));
  const snapshot = snapshotFile(listed);
  const root = rootFile();
  const target = paths[TARGET_FILES / 2] ?? "";
  const served = new Map([
    ["/1.root.json", root],
    ["/timestamp.json", timestampFile(snapshot)],
    ["/1.snapshot.json", snapshot],
    ["/1.targets.json", targets],
    ["/1.unclaimed.json", unclaimed],
    [`/1.${shards[shard] ?? ""}.json`, shardFile],
    [`/targets/${target.replace(/[^/]+$/, `${hashes.sha256}.$&`)}`, content],
  ]);
  return { root, served, target };
}

/** `<hhhh>/<project>` of the n-th project. */
function folderOf(n: number): string {
  const project = `project-${n}`;
  return `${sha256(Buffer.from(project)).slice(0, 4)}/${project}`;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

function hex(n: number, digits: number): string {
  return n.toString(16).padStart(digits, "0");
}

function grouped(n: number): string {
  return n.toLocaleString("en-US");
}
