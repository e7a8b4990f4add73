import type { TargetFile, Targets } from "@countermark/tuf";
import { projectPattern } from "../layout/paths.ts";

type Entry = readonly [path: string, file: TargetFile];

/** Each role's entries by the folder of their project: made once a role, for it may list a thousand projects. */
const byFolder = new WeakMap<Targets, ReadonlyMap<string, readonly Entry[]>>();

/** The entries of a role that lie in a project's folder, in the role's order. */
export function filesOfProject(role: Targets, project: string): readonly Entry[] {
  let index = byFolder.get(role);
  if (index === undefined) {
    index = indexByFolder(role);
    byFolder.set(role, index);
  }
  return index.get(projectPattern(project).slice(0, -1)) ?? [];
}

function indexByFolder(role: Targets): ReadonlyMap<string, readonly Entry[]> {
  const index = new Map<string, Entry[]>();
  for (const entry of role.targets) {
    const folder = entry[0].slice(0, entry[0].lastIndexOf("/") + 1);
    const entries = index.get(folder);
    if (entries === undefined) index.set(folder, [entry]);
    else entries.push(entry);
  }
  return index;
}
