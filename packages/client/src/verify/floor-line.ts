import {
  FLOOR_ROLES,
  parseFloorLine,
  raiseFloor,
  RepositoryError,
  type FloorLine,
} from "@countermark/repository/verifying";
import { ClientError } from "../errors.ts";
import { digest } from "./cache/content-cache.ts";
import { RELEASE_FLOORS } from "./release-floors.ts";
import type { VerifiedIndex } from "./verified-index.ts";

/** What this session sees of an index, in the form of docs/spec/floors.md; with the roles of the projects that are named. */
export async function floorLineOf(index: VerifiedIndex, projects: readonly string[] = []): Promise<FloorLine> {
  const roles = new Map<string, number>();
  for (const role of FLOOR_ROLES) roles.set(role, (await loadTop(index, role)).version);
  for (const project of projects) {
    const { chain } = await index.listing(project);
    for (const role of chain.filter((name) => /^[pr]\./.test(name))) roles.set(role, versionOf(index, role));
  }
  const { signed, bytes } = index.set.root;
  return {
    ceremony: index.roles.layout?.ceremony ?? 0,
    root: { version: signed.version, sha256: digest(bytes) },
    roles,
  };
}

/**
 * What several floors come to: the highest of each role, so that none of them can lower another.
 * @throws ClientError `METADATA_ROLLBACK` when two name different roots of one version: one of them saw another index
 */
export function highestFloor(lines: readonly FloorLine[]): FloorLine | undefined {
  try {
    return lines.length === 0 ? undefined : lines.reduce(raiseFloor);
  } catch (cause) {
    if (!(cause instanceof RepositoryError)) throw cause;
    throw new ClientError("METADATA_ROLLBACK", cause.message, {
      hint: "two floor lines contradict each other: ask the index's operator which root is right, and remove the other line",
      cause,
    });
  }
}

/**
 * Holds an index to the floor that somebody named, in a `countermark.toml` or on the command line, and to the one that this
 * release carries; returns what they come to.
 * @throws ClientError as `requireFloorLine` and `highestFloor`
 */
export async function requireFloors(
  index: VerifiedIndex,
  repositoryId: string,
  named: FloorLine | undefined,
  releases: ReadonlyMap<string, string> = RELEASE_FLOORS,
): Promise<FloorLine | undefined> {
  const released = releases.get(repositoryId);
  const lines = [named, released === undefined ? undefined : parseFloorLine(released)];
  const floor = highestFloor(lines.filter((line) => line !== undefined));
  if (floor !== undefined) await requireFloorLine(index, floor);
  return floor;
}

/**
 * Refuses an index that shows anything older than the line says, or another root of the same version.
 * @throws ClientError `METADATA_ROLLBACK`, and whatever loading the roles refuses
 */
export async function requireFloorLine(index: VerifiedIndex, line: FloorLine): Promise<void> {
  const projects = [...line.roles.keys()].filter((role) => /^[pr]\./.test(role)).map((role) => role.slice(2));
  const seen = await floorLineOf(index, [...new Set(projects)]);
  requireAtLeast("root", seen.root.version, line.root.version);
  if (seen.root.version === line.root.version && seen.root.sha256 !== line.root.sha256) {
    throw below(`root version ${line.root.version} is another one than the floor line says`);
  }
  requireAtLeast("the ceremony", seen.ceremony, line.ceremony);
  for (const [role, version] of line.roles) requireAtLeast(role, seen.roles.get(role) ?? 0, version);
}

async function loadTop(index: VerifiedIndex, role: string): Promise<{ readonly version: number }> {
  return await index.roles.load(role, role === "targets" ? "root" : "targets");
}

function versionOf(index: VerifiedIndex, role: string): number {
  return index.roles.envelope(role)?.signed.version ?? 0;
}

function requireAtLeast(what: string, version: number, floor: number): void {
  if (version < floor) throw below(`${what} has version ${version}, below the ${floor} of the floor line`);
}

function below(message: string): ClientError {
  return new ClientError("METADATA_ROLLBACK", message, {
    hint: "the index, or something between you and it, shows an older state than the one the line was written from",
  });
}
