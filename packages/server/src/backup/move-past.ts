import {
  contentOf,
  describeRoleFile,
  isDeveloperRole,
  jumpSince,
  onlineRoleOf,
  parseRoleName,
  projectRole,
  republish,
  RepositoryError,
  shardOf,
  shardRole,
  type RestoredRole,
  type RoleFile,
  type RoleRecord,
} from "@countermark/repository";
import { readRoot, TufError, type Targets } from "@countermark/tuf";
import type { OpenIndex } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import { RoleMissing, type SignedIndex } from "../fsck/signed-index.ts";
import type { LastPublished } from "./last-published.ts";

/** What a restored index publishes first, and what became of the roles that were published after the backup. */
export interface MovedPast {
  readonly basedOn: number;
  readonly roles: readonly RoleFile[];
  /** Roles of ceremonies and developers that a source had. */
  readonly fetched: readonly string[];
  /** Developers' roles that nobody has: their owners must publish anew. */
  readonly lost: readonly string[];
  /** Roles of the index itself whose last content nobody has: they say what they said at the backup. */
  readonly old: readonly string[];
  readonly jump: number;
}

const TOP = new Set(["root", "snapshot", "timestamp"]);

/**
 * Plans the first publication after a restoration: every version above all that anybody can have seen, no role name
 * lost, everything newer than the backup taken from a source, verified, or named.
 * @throws ServerError `RESTORE_CEREMONY`
 */
export async function movePast(index: OpenIndex, last: LastPublished | undefined, now: number): Promise<MovedPast> {
  return new Plan(index, last, now).make();
}

class Plan {
  readonly #index: OpenIndex;
  readonly #last: LastPublished | undefined;
  readonly #now: number;
  readonly #online = new Map<string, RestoredRole>();
  readonly #others = new Map<string, RoleRecord>();
  readonly #new: RoleFile[] = [];
  readonly #fetched: string[] = [];
  readonly #lost: string[] = [];
  readonly #old: string[] = [];

  constructor(index: OpenIndex, last: LastPublished | undefined, now: number) {
    this.#index = index;
    this.#last = last;
    this.#now = now;
  }

  async make(): Promise<MovedPast> {
    const own = new Map((await this.#index.store.roles()).map((role) => [role.name, role]));
    const listed = this.#last?.signed.listed ?? new Map<string, number>();
    for (const name of new Set([...own.keys(), ...listed.keys()])) {
      if (!TOP.has(name)) await this.#role(name, own.get(name), listed.get(name) ?? 0);
    }
    const { snapshot, timestamp } = this.#seen(own);
    const since = this.#last?.signedAt ?? timestampMade(own, this.#index);
    const jump = jumpSince(since, this.#now);
    const { signers, lifetimes } = this.#index;
    const [online, others, now] = [this.#online, this.#others, this.#now];
    const made = await republish({ online, others, seen: { snapshot, timestamp }, jump, signers, lifetimes, now });
    const roots = (this.#last?.roots ?? []).map(rootFile);
    return {
      basedOn: own.get("timestamp")?.version ?? 0,
      roles: [...roots, ...this.#new, ...made.roles, made.snapshot, made.timestamp],
      fetched: [...roots.map(({ version }) => `root ${version}`), ...this.#fetched],
      lost: this.#lost,
      old: this.#old,
      jump,
    };
  }

  #seen(own: ReadonlyMap<string, RoleRecord>): { snapshot: number; timestamp: number } {
    const last = this.#last?.signed.set;
    return {
      snapshot: Math.max(own.get("snapshot")?.version ?? 0, last?.snapshot?.signed.version ?? 0),
      timestamp: Math.max(own.get("timestamp")?.version ?? 0, last?.timestamp?.signed.version ?? 0),
    };
  }

  async #role(name: string, own: RoleRecord | undefined, listed: number): Promise<void> {
    const newer = listed > (own?.version ?? 0);
    const found = newer ? await this.#find(name) : undefined;
    if (onlineRoleOf(name) !== undefined) {
      if (newer && found === undefined) this.#old.push(name);
      const content = found ?? (await this.#ownContent(name, own));
      this.#online.set(name, { content, seen: Math.max(listed, own?.version ?? 0) });
    } else if (!newer && own !== undefined) this.#others.set(name, own);
    else if (found !== undefined) this.#take(name, found);
    else if (isDeveloperRole(name)) this.#lose(name, listed);
    else {
      throw new ServerError(
        "RESTORE_CEREMONY",
        `a ceremony after the backup has signed ${name}, and no source has it`,
        {
          hint: "name a mirror that has it: --published URL; nothing was restored",
        },
      );
    }
  }

  /** The role as it was last published, verified along its delegation; undefined where no source has it. */
  async #find(name: string): Promise<Targets | undefined> {
    const signed = this.#last?.signed;
    if (signed === undefined) return undefined;
    try {
      const delegator = await delegatorOf(signed, name);
      return delegator === undefined ? undefined : await signed.load(name, delegator);
    } catch (error) {
      if (error instanceof RoleMissing) return undefined;
      if (!(error instanceof TufError || error instanceof RepositoryError)) throw error;
      throw new ServerError("BACKUP_OTHER", `a source shows a role that does not verify: ${error.message}`, {
        hint: "nothing was restored; leave that source out if it is not to be trusted",
        cause: error,
      });
    }
  }

  #take(name: string, { version, expires }: Targets): void {
    const bytes = this.#last?.signed.bytesOf(name);
    if (bytes === undefined) throw new Error("a role that was loaded has bytes");
    const file = describeRoleFile(name, version, expires, bytes);
    this.#new.push(file);
    this.#others.set(name, file);
    this.#fetched.push(name);
  }

  /** Its name and version stay listed, else those who have seen it would refuse the whole index (TUF 5.5.5). */
  #lose(name: string, version: number): void {
    const length = this.#last?.signed.set.snapshot?.signed.meta.get(name)?.length ?? 0;
    const file = { name, version, expires: this.#now, bytes: new Uint8Array(), sha256: "", length };
    this.#new.push(file);
    this.#others.set(name, file);
    this.#lost.push(name);
  }

  async #ownContent(name: string, own: RoleRecord | undefined) {
    const { store, signers } = this.#index;
    const bytes = own && (await store.roleFile(name, own.version));
    if (own === undefined || bytes === undefined) {
      throw new ServerError("DATA_DAMAGED", `the backup lacks the role ${name}`, {
        hint: "name a mirror: --published URL",
      });
    }
    return contentOf(own, bytes, signers);
  }
}

/** Who delegates to a role; undefined for a project whose claim was taken back. */
async function delegatorOf(signed: SignedIndex, name: string): Promise<string | undefined> {
  const parsed = parseRoleName(name);
  switch (parsed?.kind) {
    case undefined:
      return undefined;
    case "targets":
      return "root";
    case "sharded":
      return "targets";
    case "shard":
      await signed.load(parsed.role, "targets");
      return parsed.role;
    case "sealed-files":
      await signed.load("sealed", "targets");
      await signed.load(shardRole("sealed", parsed.shard), "sealed");
      return shardRole("sealed", parsed.shard);
    case "project":
      return claimOf(signed, parsed.project);
    case "release": {
      const p = projectRole(parsed.project);
      const claim = await claimOf(signed, parsed.project);
      if (claim === undefined) return undefined;
      await signed.load(p, claim);
      return p;
    }
  }
}

async function claimOf(signed: SignedIndex, project: string): Promise<string | undefined> {
  for (const role of ["claimed", "recently-claimed"] as const) {
    const shard = shardRole(role, shardOf(signed.sharding, project));
    await signed.load(role, "targets");
    const claims = await signed.load(shard, role);
    if (claims.delegations?.roles.has(projectRole(project)) === true) return shard;
  }
  return undefined;
}

function rootFile(bytes: Uint8Array): RoleFile {
  const { version, expires } = readRoot(bytes).signed;
  return describeRoleFile("root", version, expires, bytes);
}

/** When the backup's own timestamp was made: its end, less its whole life. */
function timestampMade(own: ReadonlyMap<string, RoleRecord>, { lifetimes }: OpenIndex): number {
  return (own.get("timestamp")?.expires ?? 0) - lifetimes.timestamp;
}
