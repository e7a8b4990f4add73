import { IdentityError } from "../errors.ts";

/**
 * Everything that is signed beside TUF metadata. What a statement says is fixed by its purpose: no member more, none
 * less, each a string of one form.
 */
export interface Statements {
  /** Answers the challenge of an index: "it is me, now, to you". */
  readonly login: Readonly<Record<string, never>>;
  /** Proves possession of a release key, and names the login key that goes with it. */
  readonly "enrol-release": OwnKeys;
  /** Proves possession of a login key, and names the release key that it goes with. */
  readonly "enrol-login": OwnKeys;
  /** A newcomer answers an invitation to a project with both keys, to the one who invited. */
  readonly join: OwnKeys & {
    /** Normalised name (PEP 503). */
    readonly project: string;
    /** SHA-256 of the invitation's code. */
    readonly invitation: string;
  };
  /** Lets the keys of another machine, or a replaced identity, into the same account. */
  readonly admit: OwnKeys;
  /** Withdraws a key of the same account. */
  readonly revoke: {
    /** Identity of the key (see tuf's `PublicKey`). */
    readonly key: string;
  };
  /** Lets an approval key admit machines from now on. */
  readonly appoint: {
    /** Identity of the approval key: SHA-256 of its SSH blob. */
    readonly key: string;
  };
  /** An approval key lets the keys of a machine into its account. */
  readonly approve: OwnKeys;
}

/** Which keys a statement is about: identities of keys (see tuf's `PublicKey`), lower-case hex. */
export interface OwnKeys {
  readonly release: string;
  readonly login: string;
}

/** The closed list of what a statement can be for. */
export type Purpose = keyof Statements;

/** Which key of an identity signs. */
export type SigningKey = "release" | "login" | "approval";

const DIGEST = /^[0-9a-f]{64}$/;
/** A normalised project name (PEP 503) of at most 128 characters. */
export const PROJECT = /^(?=.{1,128}$)[a-z0-9]+(?:-[a-z0-9]+)*$/;
const OWN_KEYS: readonly Member[] = [
  ["login", DIGEST],
  ["release", DIGEST],
];

type Member = readonly [name: string, form: RegExp];

interface Rule {
  readonly signedBy: SigningKey;
  /** In the order of their names. */
  readonly members: readonly Member[];
}

const RULES: Readonly<Record<Purpose, Rule>> = {
  login: { signedBy: "login", members: [] },
  "enrol-release": { signedBy: "release", members: OWN_KEYS },
  "enrol-login": { signedBy: "login", members: OWN_KEYS },
  join: {
    signedBy: "release",
    members: [["invitation", DIGEST], ...OWN_KEYS.slice(0, 1), ["project", PROJECT], ...OWN_KEYS.slice(1)],
  },
  admit: { signedBy: "login", members: OWN_KEYS },
  revoke: { signedBy: "login", members: [["key", DIGEST]] },
  appoint: { signedBy: "login", members: [["key", DIGEST]] },
  approve: { signedBy: "approval", members: OWN_KEYS },
};

/** All purposes. */
export const PURPOSES: readonly Purpose[] = Object.keys(RULES) as Purpose[];

/**
 * Purposes in which the identity speaks of its own keys. The others name keys that are not the signer's.
 */
const OF_OWN_KEYS: ReadonlySet<Purpose> = new Set<Purpose>(["enrol-release", "enrol-login", "join"]);

/** Whether the keys that a statement of this purpose names are those of whoever signs it. */
export function namesOwnKeys(purpose: Purpose): boolean {
  return OF_OWN_KEYS.has(purpose);
}

/** Which key signs statements of a purpose. Throws `IDENTITY_STATEMENT` for a purpose that is none. */
export function signingKeyOf(purpose: Purpose): SigningKey {
  return ruleOf(purpose).signedBy;
}

/** The statement with exactly the members of its purpose, in the order of their names. Throws `IDENTITY_STATEMENT`. */
export function checkStatement(purpose: Purpose, statement: object): Readonly<Record<string, string>> {
  const { members } = ruleOf(purpose);
  const given = new Map<string, unknown>(Object.entries(statement));
  for (const [name, form] of members) {
    const value = given.get(name);
    if (typeof value !== "string" || !form.test(value)) {
      throw new IdentityError("IDENTITY_STATEMENT", `"${name}" of a statement for ${purpose} is not of its form`);
    }
  }
  if (given.size !== members.length) {
    throw new IdentityError("IDENTITY_STATEMENT", `a statement for ${purpose} has members it must not have`);
  }
  return Object.fromEntries(members.map(([name]) => [name, String(given.get(name))]));
}

/** `purpose` may come from the network: an own property of the table, or nothing. */
function ruleOf(purpose: Purpose): Rule {
  if (Object.hasOwn(RULES, purpose)) return RULES[purpose];
  throw new IdentityError("IDENTITY_STATEMENT", "a statement is for no purpose that is known");
}
