import {
  decodeReleaseFile,
  listProject,
  parseRoleName,
  shardRole,
  splitTargetPath,
  type Protection,
} from "@countermark/repository";
import { fileOf } from "../publisher/release-file.ts";
import type { NewFile } from "../storage/index-store.ts";
import type { SignedIndex } from "./signed-index.ts";

/** What is signed about a project: who stands behind it, and every file that its role lists, withdrawn ones too. */
export interface SignedProject {
  readonly project: string;
  readonly protection: Protection;
  readonly files: ReadonlyMap<string, NewFile>;
}

/** Names of the projects of a shard that any role speaks of. */
export async function projectsOfShard(signed: SignedIndex, shard: string): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const role of ["claimed", "recently-claimed"] as const) {
    await signed.load(role, "targets");
    const claims = await signed.load(shardRole(role, shard), role);
    for (const name of claims.delegations?.roles.keys() ?? []) {
      const parsed = parseRoleName(name);
      if (parsed?.kind === "project") names.add(parsed.project);
    }
  }
  await signed.load("sealed", "targets");
  const seals = await signed.load(shardRole("sealed", shard), "sealed");
  for (const { paths = [] } of seals.delegations?.roles.values() ?? []) {
    for (const pattern of paths) names.add(splitTargetPath(`${pattern.slice(0, -1)}x`).project);
  }
  await signed.load("unclaimed", "targets");
  const bin = await signed.load(shardRole("unclaimed", shard), "unclaimed");
  for (const path of bin.targets.keys()) names.add(splitTargetPath(path).project);
  return names;
}

/** A project as an installer's walk finds it. Throws what the walk refuses. */
export async function signedProject(signed: SignedIndex, shard: string, project: string): Promise<SignedProject> {
  const { protection, chain } = await listProject(signed.load, project);
  const [delegator = "root", name = "targets"] = chain.slice(-2);
  // A claim without a release role lists nothing; its chain ends with `p.`.
  const kind = parseRoleName(name)?.kind;
  const role = kind === "project" ? undefined : signed.loaded(delegator, name);
  const files = new Map<string, NewFile>();
  for (const [path, entry] of role?.targets ?? []) {
    if (splitTargetPath(path).project !== project) continue;
    const file = fileOf(project, shard, decodeReleaseFile(path, entry));
    files.set(file.filename, file);
  }
  return { project, protection, files };
}
