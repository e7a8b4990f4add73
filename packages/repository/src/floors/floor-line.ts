import { RepositoryError } from "../errors.ts";
import { parseRoleName } from "../layout/role-names.ts";

/**
 * What somebody once saw of an index, and below which it may never fall: it fits in one line, so that it can be kept in
 * `countermark.toml`, in a job's settings, in a client release.
 */
export interface FloorLine {
  /** Number of the newest ceremony seen. */
  readonly ceremony: number;
  readonly root: {
    readonly version: number;
    /** Lower-case hex, over the root file of that version. */ readonly sha256: string;
  };
  /** Lowest version of each role: `targets`, `claimed`, `sealed`, and `p.`/`r.` of own projects. */
  readonly roles: ReadonlyMap<string, number>;
}

/** Roles of which every floor line speaks. */
export const FLOOR_ROLES = ["targets", "claimed", "sealed"] as const;
/** Longest floor line, in characters. */
export const MAX_FLOOR_LINE = 4096;

const NUMBER = /^[1-9][0-9]{0,14}$/;
const ROOT = /^([1-9][0-9]{0,14})@([0-9a-f]{64})$/;

/** One line such as `ceremony=2 root=1@2d70… targets=2 claimed=2 sealed=2 p.flask=3 r.flask=41`. */
export function formatFloorLine({ ceremony, root, roles }: FloorLine): string {
  const words = [`ceremony=${ceremony}`, `root=${root.version}@${root.sha256}`];
  for (const [role, version] of roles) words.push(`${role}=${version}`);
  return words.join(" ");
}

/**
 * Reads a floor line. Strict: what cannot be understood might be a floor.
 * @throws RepositoryError `FLOOR_LINE`
 */
export function parseFloorLine(text: string): FloorLine {
  if (text.length > MAX_FLOOR_LINE) throw refuse("is too long");
  const members = new Map<string, string>();
  for (const word of text.trim().split(/\s+/)) {
    const equals = word.indexOf("=");
    const name = word.slice(0, equals);
    if (equals < 1 || members.has(name))
      throw refuse(`has a word that is not name=value, or twice the same: ${JSON.stringify(word.slice(0, 80))}`);
    members.set(name, word.slice(equals + 1));
  }
  const ceremony = readNumber("ceremony", members.get("ceremony"));
  const [, version = "", sha256 = ""] = ROOT.exec(members.get("root") ?? "") ?? [];
  if (sha256 === "") throw refuse("names no root as VERSION@SHA-256");
  members.delete("ceremony");
  members.delete("root");
  for (const role of FLOOR_ROLES) if (!members.has(role)) throw refuse(`does not speak of ${role}`);
  const roles = new Map([...members].map(([role, value]) => [readRole(role), readNumber(role, value)]));
  return { ceremony, root: { version: Number(version), sha256 }, roles };
}

/** The higher of two floors, role by role. Where both name a root of one version, their hashes must agree. */
export function raiseFloor(a: FloorLine, b: FloorLine): FloorLine {
  if (a.root.version === b.root.version && a.root.sha256 !== b.root.sha256) {
    throw refuse(`names another root of version ${a.root.version} than the one known`);
  }
  const roles = new Map(a.roles);
  for (const [role, version] of b.roles) roles.set(role, Math.max(version, roles.get(role) ?? 0));
  return {
    ceremony: Math.max(a.ceremony, b.ceremony),
    root: a.root.version >= b.root.version ? a.root : b.root,
    roles,
  };
}

function refuse(what: string): RepositoryError {
  return new RepositoryError("FLOOR_LINE", `the floor line ${what}`);
}

function readNumber(name: string, text: string | undefined): number {
  if (text === undefined || !NUMBER.test(text)) throw refuse(`has no valid ${name}`);
  return Number(text);
}

function readRole(name: string): string {
  const kind = parseRoleName(name)?.kind;
  if (kind === "project" || kind === "release" || FLOOR_ROLES.some((role) => role === name)) return name;
  throw refuse(`speaks of ${JSON.stringify(name.slice(0, 80))}, which has no floor`);
}
