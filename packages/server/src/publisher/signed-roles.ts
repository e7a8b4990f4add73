import { createHash } from "node:crypto";
import {
  contentOf,
  onlineRoleOf,
  RepositoryError,
  type OnlineSigners,
  type RoleContent,
  type RoleFile,
  type RoleRecord,
} from "@countermark/repository";
import { readTargets, TufError } from "@countermark/tuf";
import { ServerError } from "../errors.ts";
import { ByteCache } from "../http/byte-cache.ts";
import type { IndexStore } from "../storage/index-store.ts";

/** Memory for roles that were verified. */
const KNOWN_BYTES = 16 * 1024 * 1024;
/** What a role costs in memory: for itself, and for each byte of its file. */
const OVERHEAD_BYTES = 1000;
const MODEL_FACTOR = 4;

/** The present role records, by name. */
export type Roles = ReadonlyMap<string, RoleRecord>;

/** The record of a role that must be there. */
export function record(roles: Roles, name: string): RoleRecord {
  const found = roles.get(name);
  if (found === undefined) throw new ServerError("DATA_DAMAGED", `the database has lost the role ${name}`);
  return found;
}

/** Reads the roles that the publisher builds upon. What the index signs is only taken with its own key's signature. */
export class SignedRoles {
  readonly #store: Pick<IndexStore, "roleFile">;
  readonly #signers: OnlineSigners;
  /** What was verified before, by role, version and SHA-256 of its file: most shards never change. */
  readonly #known = new ByteCache<RoleContent>(KNOWN_BYTES);

  constructor(store: Pick<IndexStore, "roleFile">, signers: OnlineSigners) {
    this.#store = store;
    this.#signers = signers;
  }

  /** What a role says: of one that the index signs, what it has signed and no one else. */
  async content(role: RoleRecord): Promise<RoleContent> {
    const key = `${role.version}.${role.name} ${role.sha256}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { bytes } = await this.file(role);
    const content = this.#verified(role, bytes);
    this.#known.set(key, content, OVERHEAD_BYTES + bytes.byteLength * MODEL_FACTOR);
    return content;
  }

  #verified(role: RoleRecord, bytes: Uint8Array): RoleContent {
    try {
      return onlineRoleOf(role.name) === undefined ? readTargets(bytes).signed : contentOf(role, bytes, this.#signers);
    } catch (error) {
      if (!(error instanceof TufError || error instanceof RepositoryError)) throw error;
      throw new ServerError(
        "DATA_DAMAGED",
        `the database holds a role that this index did not sign: ${error.message}`,
        {
          hint: "nothing was signed; somebody else may have written to the database: restore it from a backup",
          cause: error,
        },
      );
    }
  }

  /** A role's present file, which must be the one that the record describes. */
  async file(role: RoleRecord): Promise<RoleFile> {
    const { name, version } = role;
    const bytes = await this.#store.roleFile(name, version);
    if (bytes === undefined) {
      throw new ServerError("DATA_DAMAGED", `the database has lost version ${version} of the role ${name}`);
    }
    if (createHash("sha256").update(bytes).digest("hex") !== role.sha256) {
      throw new ServerError("DATA_DAMAGED", `the database holds another file as version ${version} of ${name}`, {
        hint: "nothing was signed; somebody else may have written to the database: restore it from a backup",
      });
    }
    return { ...role, bytes };
  }
}
