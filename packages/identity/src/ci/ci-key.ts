import { formatTime, parseTime, TufError, type Metadata } from "@countermark/tuf";
import { IdentityError } from "../errors.ts";
import type { Identity, IdentityPurpose, PublicKeys } from "../identity/identity.ts";
import { TwoKeyIdentity } from "../identity/two-keys.ts";
import { checkAccount, type Account } from "../keys/account.ts";
import { deriveLimited, deriveSeed } from "../keys/derive.ts";
import { seedHandle } from "../keys/key-handle.ts";
import { SecretBytes } from "../secret/secret-bytes.ts";
import { PROJECT } from "../statement/purposes.ts";

/** Longest life of a CI key (TRUST.md 2). */
export const MAX_CI_KEY_DAYS = 90;
/** Largest CI key that is read. */
export const MAX_CI_KEY_BYTES = 4096;

const DAY_MS = 24 * 60 * 60 * 1000;
const MASTER_BYTES = 32;
const FILE =
  /^-----BEGIN COUNTERMARK CI KEY-----\nRepository: ([0-9a-f]{64})\nAccount: (\S{1,64})\nProject: (\S{1,128})\nExpires: (\S{1,32})\n\n([A-Za-z0-9+/]{43}=)\n-----END COUNTERMARK CI KEY-----\n?$/;
/** A robot logs in and shows its keys; it admits, appoints and withdraws nobody. */
const PURPOSES: ReadonlySet<IdentityPurpose> = new Set<IdentityPurpose>(["login", "enrol-release", "enrol-login"]);

/** What a CI key may do, and for how long. It is bound into the keys: a file with other limits is another key. */
export interface CiLimits extends Account {
  /** Normalised name of the one project (PEP 503). */
  readonly project: string;
  /** Milliseconds since 1970-01-01T00:00:00Z; a full second. */
  readonly expires: number;
}

/** A new CI key. */
export interface CiKey {
  readonly limits: CiLimits;
  readonly publicKeys: PublicKeys;
  /** The file for the CI system's secret store. */
  readonly file: SecretBytes;
}

/** Makes a CI key for a project, for 1 to 90 days from `now`. Throws `IDENTITY_CI_KEY`, `IDENTITY_ACCOUNT`. */
export function makeCiKey(account: Account, project: string, days: number, now: number): CiKey {
  if (!Number.isInteger(days) || days < 1 || days > MAX_CI_KEY_DAYS) {
    throw new IdentityError("IDENTITY_CI_KEY", `a CI key lives 1 to ${MAX_CI_KEY_DAYS} days, not ${days}`);
  }
  const expires = Math.floor(now / 1000) * 1000 + days * DAY_MS;
  const limits = { repository: account.repository, account: account.account, project, expires };
  checkLimits(limits);
  using master = SecretBytes.random(MASTER_BYTES);
  using identity = identityOf(master, limits, () => now);
  const file = master.use((bytes) => SecretBytes.take(Buffer.from(write(limits, bytes.toString("base64")), "ascii")));
  return { limits, publicKeys: identity.publicKeys, file };
}

/** The limits that a CI key's file states. Throws `IDENTITY_CI_KEY`, `IDENTITY_ACCOUNT`. */
export function readCiLimits(file: Uint8Array): CiLimits {
  return parse(file).limits;
}

/**
 * The identity of a CI key. It signs nothing but lists of files of its project, before its end; `now` is asked each time.
 * That is for its holder's sake. What others accept of it is said by the owners' `p.<project>`, which names the key.
 *
 * Throws `IDENTITY_CI_KEY`, `IDENTITY_ACCOUNT`, `IDENTITY_EXPIRED`. The file stays the caller's, who overwrites it.
 */
export function identityOfCiKey(file: Uint8Array, now: () => number): Identity {
  const { limits, material } = parse(file);
  using master = SecretBytes.take(Buffer.from(material, "base64"));
  checkTime(limits, now());
  return identityOf(master, limits, now);
}

function identityOf(master: SecretBytes, limits: CiLimits, now: () => number): Identity {
  using limited = deriveLimited(master, "CI key", [limits.project, formatTime(limits.expires)]);
  using releaseSeed = deriveSeed(limited, "release key", limits);
  using loginSeed = deriveSeed(limited, "login key", limits);
  return new TwoKeyIdentity("ci", seedHandle(releaseSeed), seedHandle(loginSeed), {
    purposes: PURPOSES,
    checkUse: () => checkTime(limits, now()),
    checkRole: (role) => checkRole(role, limits),
  });
}

function checkTime({ expires }: CiLimits, now: number): void {
  if (now >= expires) throw new IdentityError("IDENTITY_EXPIRED", `the CI key ended at ${formatTime(expires)}`);
  if (expires - now <= MAX_CI_KEY_DAYS * DAY_MS) return;
  throw new IdentityError("IDENTITY_CI_KEY", `the CI key would live longer than ${MAX_CI_KEY_DAYS} days`);
}

/** The shape of `r.<project>`: files of one project (TRUST.md 2). A list of nothing would be a deletion. */
function checkRole(role: Metadata, { project }: CiLimits): void {
  const scope = `a CI key signs lists of files of ${project} and nothing else`;
  if (role.type !== "targets" || role.delegations !== undefined || role.targets.size === 0) {
    throw new IdentityError("IDENTITY_SCOPE", scope);
  }
  for (const path of role.targets.keys()) {
    const [, owner, file, ...more] = path.split("/");
    if (owner !== project || file === undefined || more.length > 0) throw new IdentityError("IDENTITY_SCOPE", scope);
  }
}

function write({ repository, account, project, expires }: CiLimits, material: string): string {
  const lines = [
    `Repository: ${repository}`,
    `Account: ${account}`,
    `Project: ${project}`,
    `Expires: ${formatTime(expires)}`,
  ];
  return ["-----BEGIN COUNTERMARK CI KEY-----", ...lines, "", material, "-----END COUNTERMARK CI KEY-----", ""].join(
    "\n",
  );
}

/** Secret stores of CI systems change the ends of lines. */
function parse(file: Uint8Array): { limits: CiLimits; material: string } {
  const text =
    file.length > MAX_CI_KEY_BYTES ? "" : Buffer.from(file).toString("latin1").replaceAll("\r\n", "\n").trim();
  const [, repository, account, project, expires, material] = FILE.exec(text) ?? [];
  if (repository === undefined || account === undefined || project === undefined || expires === undefined) {
    throw new IdentityError("IDENTITY_CI_KEY", "this is no CI key");
  }
  const limits = { repository, account, project, expires: readTime(expires) };
  checkLimits(limits);
  return { limits, material: material ?? "" };
}

function readTime(text: string): number {
  try {
    return parseTime(text);
  } catch (cause) {
    if (cause instanceof TufError) throw new IdentityError("IDENTITY_CI_KEY", "the CI key's end is no time", { cause });
    throw cause;
  }
}

function checkLimits(limits: CiLimits): void {
  checkAccount(limits);
  if (!PROJECT.test(limits.project)) {
    throw new IdentityError("IDENTITY_CI_KEY", "a CI key's project is not a normalised project name");
  }
}
