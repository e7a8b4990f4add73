import { createHash } from "node:crypto";
import {
  generateEd25519,
  makeRoot,
  makeTargets,
  type DelegatedRole,
  type Delegations,
  type Root,
  type RoleKeys,
  type Signer,
  type TargetFile,
  type Targets,
  type TopLevelRole,
} from "@countermark/tuf";
import { SimulatedRepository } from "./simulated-repository.ts";

const TOP_LEVEL_ROLES: readonly TopLevelRole[] = ["root", "timestamp", "snapshot", "targets"];
/** Lifetime of roots and targets roles, unless they are told otherwise. */
const ROLE_LIFETIME_MS = 365 * 24 * 60 * 60 * 1000;

/** A delegation as a test words it: what it leaves out is the plainest. */
export interface DelegationDraft {
  readonly name: string;
  /** `["*"]`, unless `pathHashPrefixes` stands. */
  readonly paths?: readonly string[];
  readonly pathHashPrefixes?: readonly string[];
  readonly terminating?: boolean;
  readonly threshold?: number;
  /** Whose keys the delegator names; a new key by default. */
  readonly signers?: readonly Signer[];
}

/** A repository of no particular layout: four top-level roles with a key each, and whatever a test adds. */
export class SimulatedTufRepository extends SimulatedRepository {
  /** Published, with an empty `targets`. */
  static async create(now: number, options: { consistentSnapshot?: boolean } = {}): Promise<SimulatedTufRepository> {
    const signers = new Map(TOP_LEVEL_ROLES.map((role) => [role, [generateEd25519().signer]]));
    const expires = now + ROLE_LIFETIME_MS;
    const root = makeRoot({
      ...options,
      version: 1,
      expires,
      keys: [...signers.values()].flat().map(({ publicKey }) => publicKey),
      roles: new Map([...signers].map(([role, its]) => [role, roleKeys(its, 1)])),
    });
    const roles = new Map([["targets", makeTargets({ version: 1, expires })]]);
    const repository = new SimulatedTufRepository({ now, root, roles, signers });
    await repository.publishRoot();
    await repository.publish();
    return repository;
  }

  /** When a role ends that is made now. */
  get expires(): number {
    return this.now + ROLE_LIFETIME_MS;
  }

  /** Signs the next root with a change, by the keys before it and its own. */
  async nextRoot(change: Partial<Root> = {}, signers = this.signersOf("root")): Promise<void> {
    await this.publishRoot({ ...this.root, version: this.root.version + 1, ...change }, signers);
  }

  /** Gives a top-level role new keys, in a new root that is signed by the old root keys and the new. */
  async turnKeys(
    role: TopLevelRole,
    signers: readonly Signer[] = [generateEd25519().signer],
    threshold = 1,
  ): Promise<void> {
    const keys = new Map(this.root.keys);
    for (const { publicKey } of signers) keys.set(publicKey.keyId, publicKey);
    const roles = new Map(this.root.roles).set(role, roleKeys(signers, threshold));
    const signing = role === "root" ? [...this.signersOf("root"), ...signers] : this.signersOf("root");
    this.signers.set(role, signers);
    await this.nextRoot({ keys, roles }, signing);
  }

  /** Lists a target in a role and puts its content where clients look for it. Signed by the next publish. */
  list(
    path: string,
    content: string | Uint8Array,
    options: { role?: string; algorithms?: readonly string[] } = {},
  ): TargetFile {
    const { role = "targets", algorithms = ["sha256"] } = options;
    const bytes = Buffer.from(content);
    const hashes = new Map(algorithms.map((name) => [name, createHash(name).update(bytes).digest("hex")]));
    const file = { length: bytes.length, hashes, unknown: new Map() };
    this.listAs(path, file, role);
    this.hold(path, file, bytes);
    return file;
  }

  /** Lists a target as the test words it. Signed by the next publish. */
  listAs(path: string, file: TargetFile, role = "targets"): void {
    this.#touch(role, { targets: new Map([...this.role(role).targets, [path, file]]) });
  }

  /** Serves bytes as a target's file (TUF 6.2), right or wrong. */
  hold(path: string, { hashes }: TargetFile, bytes: Uint8Array): void {
    const cut = path.lastIndexOf("/") + 1;
    for (const digest of hashes.values())
      this.files.set(`targets/${path.slice(0, cut)}${digest}.${path.slice(cut)}`, bytes);
    if (!this.root.consistentSnapshot) this.files.set(`targets/${path}`, bytes);
  }

  /** Adds a delegation behind those that stand, and the role itself unless it is there. Signed by the next publish. */
  delegate(delegator: string, draft: DelegationDraft): readonly Signer[] {
    const { name, paths, pathHashPrefixes, terminating = false, threshold = 1 } = draft;
    const signers = draft.signers ?? this.signers.get(name) ?? [generateEd25519().signer];
    const role: DelegatedRole = {
      ...roleKeys(signers, threshold),
      name,
      terminating,
      ...(pathHashPrefixes === undefined ? { paths: paths ?? ["*"] } : { pathHashPrefixes }),
    };
    const present = this.role(delegator).delegations;
    const keys = new Map([...(present?.keys ?? []), ...keysOf(signers)]);
    const roles = new Map([...(present?.roles ?? []), [name, role]]);
    this.#touch(delegator, { delegations: { keys, roles, unknown: new Map() } });
    if (!this.roles.has(name)) this.add(name, makeTargets({ version: 1, expires: this.expires }), signers);
    return signers;
  }

  /** Delegates by TAP 15 to 2^bitLength bins of one signer, and adds them. Signed by the next publish. */
  delegateSuccinctly(delegator: string, namePrefix: string, bitLength: number): readonly string[] {
    const { signer } = generateEd25519();
    const delegations: Delegations = {
      keys: keysOf([signer]),
      roles: new Map(),
      succinct: { ...roleKeys([signer], 1), bitLength, namePrefix },
      unknown: new Map(),
    };
    this.#touch(delegator, { delegations });
    const digits = Math.ceil(bitLength / 4);
    const names = Array.from({ length: 2 ** bitLength }, (_, bin) => {
      return `${namePrefix}-${bin.toString(16).padStart(digits, "0")}`;
    });
    for (const name of names) this.add(name, makeTargets({ version: 1, expires: this.expires }), [signer]);
    return names;
  }

  /** A role that was published goes on to its next version, one that was not is changed as it is. */
  #touch(name: string, change: Partial<Targets>): void {
    const { version } = this.role(name);
    const published = this.files.has(`${version}.${name}.json`);
    this.change(name, { ...change, version: published ? version + 1 : version });
  }
}

function roleKeys(signers: readonly Signer[], threshold: number): RoleKeys {
  return { keyIds: [...keysOf(signers).keys()], threshold, unknown: new Map() };
}

function keysOf(signers: readonly Signer[]): ReadonlyMap<string, Signer["publicKey"]> {
  return new Map(signers.map(({ publicKey }) => [publicKey.keyId, publicKey]));
}
