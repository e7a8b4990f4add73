import { isOfflineRole, readLayout } from "@countermark/repository";
import { readTargets } from "@countermark/tuf";
import { ServerError } from "../errors.ts";
import type { IndexStore } from "../storage/index-store.ts";

/** What an operator should know of an index. Times are milliseconds since the epoch. */
export interface IndexDescription {
  readonly name: string;
  /** SHA-256 of `1.root.json`: what installers pin. */
  readonly fingerprint: string;
  readonly publicUrl: string | undefined;
  readonly profile: string;
  readonly shards: number;
  /** Number of the latest ceremony. */
  readonly ceremony: number;
  /** When the first of the offline roles ends: then installs stop. */
  readonly offlineExpires: number;
  readonly rootExpires: number;
  readonly timestampExpires: number;
}

/** Reads the description out of the rows and the signed `targets` role. */
export async function describeIndex(store: IndexStore): Promise<IndexDescription> {
  const settings = await store.settings();
  const roles = await store.roles();
  const find = (name: string) => roles.find((role) => role.name === name);
  const [root, targets, timestamp] = [find("root"), find("targets"), find("timestamp")];
  const bytes = targets === undefined ? undefined : await store.roleFile("targets", targets.version);
  if (settings === undefined || root === undefined || timestamp === undefined || bytes === undefined) {
    throw new ServerError("DATA_DAMAGED", "the database has lost its top-level roles");
  }
  const offline = roles.filter(({ name }) => isOfflineRole(name)).map(({ expires }) => expires);
  return {
    name: settings.name,
    fingerprint: settings.repositoryId,
    publicUrl: settings.publicUrl,
    profile: settings.profile,
    shards: settings.shards,
    ceremony: readLayout(readTargets(bytes).signed).ceremony,
    offlineExpires: Math.min(...offline),
    rootExpires: root.expires,
    timestampExpires: timestamp.expires,
  };
}

/** The description for other programs: times as in RFC 3339. */
export function descriptionJson(about: IndexDescription): object {
  const { offlineExpires, rootExpires, timestampExpires, publicUrl = null, ...rest } = about;
  const time = (ms: number): string => new Date(ms).toISOString();
  return {
    ...rest,
    publicUrl,
    offlineExpires: time(offlineExpires),
    rootExpires: time(rootExpires),
    timestampExpires: time(timestampExpires),
  };
}
