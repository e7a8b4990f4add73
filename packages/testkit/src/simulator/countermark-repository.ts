import {
  encodeReleaseFile,
  firstCeremony,
  isOfflineRole,
  PROFILES,
  projectPattern,
  projectRole,
  releaseRole,
  sealedFilesRole,
  shardOf,
  shardRole,
  unclaimedBin,
  makeSharding,
  type ReleaseFile,
  type Sharding,
} from "@countermark/repository";
import {
  generateEd25519,
  makeDelegations,
  makeTargets,
  readRoot,
  readTargets,
  type Delegations,
  type Signer,
  type Targets,
} from "@countermark/tuf";
import { SimulatedRepository } from "./simulated-repository.ts";

/** The keys of a simulated Countermark repository, one for each duty. */
export interface SimulatedKeys {
  readonly root: Signer;
  readonly targets: Signer;
  readonly shards: Signer;
  readonly snapshot: Signer;
  readonly timestamp: Signer;
  readonly status: Signer;
  readonly recentlyClaimed: Signer;
  readonly unclaimed: Signer;
}

/** A repository in the layout of docs/spec/roles.md, made by a real first ceremony, with words for what happens in one. */
export class SimulatedCountermark extends SimulatedRepository {
  readonly keys: SimulatedKeys;
  readonly sharding: Sharding;

  /** A repository that lists nothing yet, published. Sixteen shards unless told otherwise: enough for every rule. */
  static async create(now: number, shards = 16): Promise<SimulatedCountermark> {
    const keys = generateKeys();
    const one = (signer: Signer) => ({ signers: [signer], threshold: 1 });
    const offline = { root: one(keys.root), targets: one(keys.targets), shards: one(keys.shards) };
    const first = await firstCeremony({ offline, online: keys, lifetimes: PROFILES.default, shards, now });
    const roles = new Map(first.roles.map(({ name, bytes }) => [name, readTargets(bytes).signed]));
    const repository = new SimulatedCountermark(
      now,
      keys,
      makeSharding(shards),
      readRoot(first.root.bytes).signed,
      roles,
    );
    await repository.publishRoot();
    await repository.publish();
    return repository;
  }

  private constructor(
    now: number,
    keys: SimulatedKeys,
    sharding: Sharding,
    root: SimulatedRepository["root"],
    roles: ReadonlyMap<string, Targets>,
  ) {
    const signers = new Map<string, readonly Signer[]>([
      ["root", [keys.root]],
      ["snapshot", [keys.snapshot]],
      ["timestamp", [keys.timestamp]],
    ]);
    for (const name of roles.keys()) signers.set(name, [signerOf(name, keys)]);
    super({ now, root, roles, signers });
    this.keys = keys;
    this.sharding = sharding;
  }

  /** Sets the whole list of an unclaimed project. */
  listUnclaimed(project: string, files: readonly ReleaseFile[]): void {
    const name = shardRole("unclaimed", shardOf(this.sharding, project));
    const folder = projectPattern(project).slice(0, -1);
    const others = [...this.role(name).targets].filter(([path]) => !path.startsWith(folder));
    const { targets } = unclaimedBin(files.map((file) => [project, file]));
    this.change(name, { targets: new Map([...others, ...targets]) });
  }

  /** Claims a project for one owner, who is its releaser too, with these files; `claimed` or `recently-claimed`. */
  claim(
    project: string,
    owner: Signer,
    files: readonly ReleaseFile[],
    kind: "claimed" | "recently-claimed" = "claimed",
  ): void {
    const shard = shardRole(kind, shardOf(this.sharding, project));
    this.change(shard, { delegations: withClaim(this.role(shard).delegations, project, owner) });
    const common = { version: 1, expires: this.now + PROFILES.default.developer };
    const release = developerDelegation(releaseRole(project), project, owner);
    const delegations = makeDelegations({ keys: [owner.publicKey], roles: [release] });
    this.add(projectRole(project), makeTargets({ ...common, delegations }), [owner]);
    const targets = new Map(files.map((file) => encodeReleaseFile(project, file)));
    this.add(releaseRole(project), makeTargets({ ...common, targets }), [owner]);
  }

  /** Signs every offline role anew, with the next ceremony's number. */
  holdCeremony(): void {
    const field = "x-countermark-ceremony";
    for (const [name, { unknown }] of this.roles) {
      const ceremony = unknown.get(field);
      if (!isOfflineRole(name) || typeof ceremony !== "number") continue;
      this.change(name, { unknown: new Map([...unknown, [field, ceremony + 1]]) });
    }
  }

  /** Seals a project with these files. */
  seal(project: string, files: readonly ReleaseFile[]): void {
    const shard = shardOf(this.sharding, project);
    const name = shardRole("sealed", shard);
    const filesRole = sealedFilesRole(shard);
    const patterns = this.role(name).delegations?.roles.get(filesRole)?.paths ?? [];
    const { keyId } = this.keys.shards.publicKey;
    const role = {
      name: filesRole,
      keyIds: [keyId],
      threshold: 1,
      terminating: true,
      paths: [...patterns, projectPattern(project)],
    };
    this.change(name, { delegations: makeDelegations({ keys: [this.keys.shards.publicKey], roles: [role] }) });
    const targets = new Map(files.map((file) => encodeReleaseFile(project, file)));
    if (this.roles.has(filesRole))
      this.change(filesRole, { targets: new Map([...this.role(filesRole).targets, ...targets]) });
    else
      this.add(
        filesRole,
        makeTargets({
          version: 1,
          expires: this.now + PROFILES.default.offline,
          targets,
          unknown: this.role(name).unknown,
        }),
        [this.keys.shards],
      );
  }
}

function generateKeys(): SimulatedKeys {
  const next = () => generateEd25519().signer;
  return {
    root: next(),
    targets: next(),
    shards: next(),
    snapshot: next(),
    timestamp: next(),
    status: next(),
    recentlyClaimed: next(),
    unclaimed: next(),
  };
}

function signerOf(role: string, keys: SimulatedKeys): Signer {
  const [head] = role.split(".");
  if (head === "status") return keys.status;
  if (head === "recently-claimed") return keys.recentlyClaimed;
  if (role === head) return keys.targets;
  return head === "unclaimed" ? keys.unclaimed : keys.shards;
}

function developerDelegation(name: string, project: string, signer: Signer) {
  const { keyId } = signer.publicKey;
  return { name, keyIds: [keyId], threshold: 1, terminating: true, paths: [projectPattern(project)] };
}

function withClaim(present: Delegations | undefined, project: string, owner: Signer): Delegations {
  const keys = [...(present?.keys.values() ?? []), owner.publicKey];
  const roles = [...(present?.roles.values() ?? [])].map(({ paths, ...role }) => ({ ...role, paths: paths ?? [] }));
  return makeDelegations({
    keys: [...new Map(keys.map((key) => [key.keyId, key])).values()],
    roles: [...roles, developerDelegation(projectRole(project), project, owner)],
  });
}
