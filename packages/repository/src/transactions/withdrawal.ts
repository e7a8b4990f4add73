import { isVersion, normaliseVersion } from "@countermark/packaging/naming";
import { jsonObject } from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import type { ProjectStatus, StatusShard } from "../status/status.ts";
import type { Judge, Present } from "./changes.ts";
import { decodePayload, encodePayload, malformed, textMember } from "./transaction.ts";
import { isReason } from "./yank.ts";

const SHA256 = /^[0-9a-f]{64}$/;

/** What can be withdrawn: a project, one of its releases, a file by its SHA-256, a public key by its identity. */
export type WithdrawalSubject = "project" | "release" | "file" | "key";

/** A change of the status role. `id` is the version, digest or identity; a project needs none. */
export type StatusChange =
  | { readonly action: "withdraw"; readonly subject: WithdrawalSubject; readonly id?: string; readonly reason: string }
  | { readonly action: "restore"; readonly subject: WithdrawalSubject; readonly id?: string; readonly reason: string }
  | { readonly action: "mark"; readonly status: ProjectStatus; readonly reason: string };

/** The payload of a `status` transaction. The reason of a withdrawal or mark is signed; that of the rest is for the log. */
export function statusPayload(change: StatusChange): Uint8Array {
  return encodePayload(jsonObject({ ...change }));
}

/** A change of a key that is of no one project: of every shard, present and future claims alike. */
export interface KeyChange {
  readonly action: "withdraw" | "restore";
  /** Identity of the public key: SHA-256 of the decoded key, lower-case hex. */
  readonly id: string;
  readonly reason: string;
}

/**
 * Reads a `status` transaction of {@link EVERY_PROJECT}: keys alone are withdrawn everywhere.
 * @throws RepositoryError `TRANSACTION`
 */
export function decodeKeyChange(payload: Uint8Array): KeyChange {
  const members = decodePayload(payload, ["action", "subject", "id", "reason"]);
  const [action, reason] = [textMember(members, "action"), textMember(members, "reason")];
  if (!isReason(reason)) throw malformed("has an invalid reason");
  if (textMember(members, "subject") !== "key") throw malformed("names no project, and no key");
  if (action !== "withdraw" && action !== "restore") throw malformed("has an unknown action");
  return { action, id: digest(textMember(members, "id")), reason };
}

/** What a shard says once a key was withdrawn everywhere, or given back; undefined where there is nothing to give back. */
export function withKeyChange(status: StatusShard, { action, id, reason }: KeyChange): StatusShard | undefined {
  const keys = new Map(status.keys);
  if (action === "withdraw") keys.set(id, reason);
  else if (!keys.delete(id)) return undefined;
  return { ...status, keys };
}

/** Judges a `status` transaction. It can only take away what anybody signed, and give back what it took itself. */
export const judgeStatus: Judge = (payload, present) => {
  const members = decodePayload(payload, ["action", "reason"], ["subject", "id", "status"]);
  const reason = textMember(members, "reason");
  if (!isReason(reason)) throw malformed("has an invalid reason");
  const action = textMember(members, "action");
  if (action === "mark") return { status: marked(present, textMember(members, "status"), reason) };
  const id = members.has("id") ? textMember(members, "id") : undefined;
  const subject = textMember(members, "subject");
  if (action === "withdraw") return { status: edit(present, subject, id, (map, key) => map.set(key, reason)) };
  if (action !== "restore") throw malformed("has an unknown action");
  const restored = edit(present, subject, id, (map, key) => {
    if (map.delete(key)) return;
    throw new RepositoryError("NOT_WITHDRAWN", `this ${subject} of ${present.project} is not withdrawn`);
  });
  return { status: restored };
};

function marked({ project, status }: Present, state: string, reason: string): StatusShard {
  const states = new Map(status.states);
  if (state === "active") states.delete(project);
  else if (state === "archived" || state === "deprecated" || state === "quarantined")
    states.set(project, { status: state, reason });
  else throw malformed("has an unknown status");
  return { ...status, states };
}

type Edit = (map: Map<string, string>, key: string) => unknown;

function edit({ project, status }: Present, subject: string, id: string | undefined, change: Edit): StatusShard {
  const edited = (map: ReadonlyMap<string, string>, key: string): ReadonlyMap<string, string> => {
    const copy = new Map(map);
    change(copy, key);
    return copy;
  };
  switch (subject) {
    case "project":
      return { ...status, projects: edited(status.projects, project) };
    case "file":
      return { ...status, files: edited(status.files, digest(id)) };
    case "key":
      return { ...status, keys: edited(status.keys, digest(id)) };
    case "release": {
      if (id === undefined || !isVersion(id)) throw malformed("names no version");
      const releases = new Map(status.releases);
      const versions = edited(releases.get(project) ?? new Map<string, string>(), normaliseVersion(id));
      if (versions.size === 0) releases.delete(project);
      else releases.set(project, versions);
      return { ...status, releases };
    }
    default:
      throw malformed("has an unknown subject");
  }
}

function digest(id: string | undefined): string {
  if (id === undefined || !SHA256.test(id)) throw malformed("names no SHA-256");
  return id;
}
