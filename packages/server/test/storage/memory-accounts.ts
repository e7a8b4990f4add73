import {
  KEEP_EXPIRED_TOKENS_MS,
  type Account,
  type AccountKeys,
  type AccountStore,
  type Invitation,
  type Member,
  type MemberRole,
  type NewAccount,
  type NewAccountKeys,
  type NewInvitation,
  type NewToken,
  type Token,
} from "../../src/accounts/account-store.ts";

type StoredToken = Token & { readonly hash: string };
type StoredInvitation = Invitation & { readonly hash: string };

/** The account store in memory, to the letter of its contract. `hasFiles` stands for the index beside it. */
export class MemoryAccountStore implements AccountStore {
  readonly #accounts = new Map<string, Account>();
  readonly #keys: AccountKeys[] = [];
  readonly #tokens = new Map<string, StoredToken>();
  readonly #members = new Map<string, Member>();
  readonly #invitations = new Map<string, StoredInvitation>();
  readonly #hasFiles: (project: string) => boolean;

  constructor(hasFiles: (project: string) => boolean = () => false) {
    this.#hasFiles = hasFiles;
  }

  async addAccount({
    name,
    at,
    keys,
    invitation,
  }: NewAccount): Promise<"added" | "taken" | "key-taken" | "not-invited"> {
    await Promise.resolve();
    if (name === "operator") return "taken";
    if (this.#accounts.has(name)) return "taken";
    if (keys !== undefined && this.#isKeyTaken(keys)) return "key-taken";
    const invited = [...this.#invitations.values()].find(({ hash }) => hash === invitation);
    const isOpen = invited !== undefined && invited.usedAt === undefined && invited.expiresAt > at;
    if (invitation !== undefined && !isOpen) return "not-invited";
    this.#accounts.set(name, { name, createdAt: at, disabledAt: undefined });
    if (keys !== undefined) this.#putKeys(name, keys, at);
    if (invited !== undefined) this.#invitations.set(invited.id, { ...invited, usedAt: at, account: name });
    return "added";
  }

  account(name: string): Promise<Account | undefined> {
    return Promise.resolve(this.#accounts.get(name));
  }

  accounts(): Promise<readonly Account[]> {
    return Promise.resolve([...this.#accounts.values()].sort((a, b) => (a.name < b.name ? -1 : 1)));
  }

  setDisabled(name: string, at: number | undefined): Promise<boolean> {
    const account = this.#accounts.get(name);
    if (account !== undefined) this.#accounts.set(name, { ...account, disabledAt: at });
    return Promise.resolve(account !== undefined);
  }

  async addKeys(account: string, keys: NewAccountKeys, at: number): Promise<"added" | "key-taken" | "no-account"> {
    await Promise.resolve();
    if (!this.#isEnabled(account)) return "no-account";
    if (this.#isKeyTaken(keys)) return "key-taken";
    this.#putKeys(account, keys, at);
    return "added";
  }

  keysOf(account: string): Promise<readonly AccountKeys[]> {
    return Promise.resolve(this.#keys.filter((keys) => keys.account === account));
  }

  retireKeys(account: string, id: number, at: number): Promise<boolean> {
    const position = this.#keys.findIndex((keys) => keys.account === account && keys.id === id);
    const keys = this.#keys[position];
    if (keys === undefined || keys.retiredAt !== undefined) return Promise.resolve(false);
    this.#keys[position] = { ...keys, retiredAt: at };
    return Promise.resolve(true);
  }

  async addToken(token: NewToken): Promise<"added" | "no-account"> {
    await Promise.resolve();
    if (!this.#isEnabled(token.account)) return "no-account";
    const projects = token.projects && [...new Set(token.projects)].sort();
    this.#tokens.set(token.id, { ...token, projects, lastUsedAt: undefined, revokedAt: undefined });
    return "added";
  }

  liveToken(hash: string, now: number): Promise<Token | undefined> {
    const token = [...this.#tokens.values()].find((one) => one.hash === hash);
    const isLive = token !== undefined && token.expiresAt > now && token.revokedAt === undefined;
    return Promise.resolve(isLive && this.#isEnabled(token.account) ? withoutHash(token) : undefined);
  }

  tokens(account?: string): Promise<readonly Token[]> {
    const chosen = [...this.#tokens.values()].filter(
      (token) => token.kind === "token" && (account === undefined || token.account === account),
    );
    return Promise.resolve(chosen.sort(newestFirst).map(withoutHash));
  }

  revokeToken(id: string, at: number): Promise<boolean> {
    const token = this.#tokens.get(id);
    if (token === undefined || token.revokedAt !== undefined) return Promise.resolve(false);
    this.#tokens.set(id, { ...token, revokedAt: at });
    return Promise.resolve(true);
  }

  touchTokens(used: ReadonlyMap<string, number>): Promise<void> {
    for (const [id, at] of used) {
      const token = this.#tokens.get(id);
      if (token !== undefined) this.#tokens.set(id, { ...token, lastUsedAt: Math.max(at, token.lastUsedAt ?? at) });
    }
    return Promise.resolve();
  }

  sweepTokens(before: number): Promise<number> {
    const old = [...this.#tokens.values()].filter(
      ({ kind, expiresAt }) => expiresAt < (kind === "session" ? before : before - KEEP_EXPIRED_TOKENS_MS),
    );
    for (const { id } of old) this.#tokens.delete(id);
    return Promise.resolve(old.length);
  }

  async joinOrFound(
    project: string,
    account: string,
    at: number,
  ): Promise<{ role: MemberRole; founded: boolean } | undefined> {
    const role = await this.role(project, account);
    if (role !== undefined) return { role, founded: false };
    const isNew = this.#membersOf(project).length === 0 && !this.#hasFiles(project);
    if (!isNew || !this.#isEnabled(account)) return undefined;
    this.#members.set(`${project}/${account}`, { project, account, role: "owner", since: at });
    return { role: "owner", founded: true };
  }

  role(project: string, account: string): Promise<MemberRole | undefined> {
    return Promise.resolve(this.#members.get(`${project}/${account}`)?.role);
  }

  members(project: string): Promise<readonly Member[]> {
    return Promise.resolve(this.#membersOf(project).sort((a, b) => (a.account < b.account ? -1 : 1)));
  }

  memberships(account: string): Promise<readonly Member[]> {
    const own = [...this.#members.values()].filter((member) => member.account === account);
    return Promise.resolve(own.sort((a, b) => (a.project < b.project ? -1 : 1)));
  }

  async setMember(member: Member): Promise<"set" | "no-account" | "last-owner"> {
    await Promise.resolve();
    const { project, account, role } = member;
    if (!this.#accounts.has(account)) return "no-account";
    if (role !== "owner" && this.#isLastOwner(project, account)) return "last-owner";
    const key = `${project}/${account}`;
    this.#members.set(key, { ...(this.#members.get(key) ?? member), role });
    return "set";
  }

  async removeMember(project: string, account: string): Promise<"removed" | "no-member" | "last-owner"> {
    await Promise.resolve();
    if (this.#isLastOwner(project, account)) return "last-owner";
    return this.#members.delete(`${project}/${account}`) ? "removed" : "no-member";
  }

  addInvitation(invitation: NewInvitation): Promise<void> {
    this.#invitations.set(invitation.id, { ...invitation, usedAt: undefined, account: undefined });
    return Promise.resolve();
  }

  invitations(): Promise<readonly Invitation[]> {
    return Promise.resolve([...this.#invitations.values()].sort(newestFirst).map(withoutHash));
  }

  #isEnabled(name: string): boolean {
    const account = this.#accounts.get(name);
    return account !== undefined && account.disabledAt === undefined;
  }

  #isKeyTaken({ releaseId, loginId }: NewAccountKeys): boolean {
    const taken = new Set(this.#keys.flatMap((keys) => [keys.releaseId, keys.loginId]));
    return taken.has(releaseId) || taken.has(loginId);
  }

  #putKeys(account: string, keys: NewAccountKeys, at: number): void {
    this.#keys.push({ ...keys, id: this.#keys.length + 1, account, enrolledAt: at, retiredAt: undefined });
  }

  #membersOf(project: string): Member[] {
    return [...this.#members.values()].filter((member) => member.project === project);
  }

  #isLastOwner(project: string, account: string): boolean {
    const owners = this.#membersOf(project).filter(({ role }) => role === "owner");
    return owners.length === 1 && owners[0]?.account === account;
  }
}

function newestFirst(a: { createdAt: number; id: string }, b: { createdAt: number; id: string }): number {
  return b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1);
}

function withoutHash<T extends { readonly hash: string }>({ hash: _hash, ...rest }: T): Omit<T, "hash"> {
  return rest;
}
