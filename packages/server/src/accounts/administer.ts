import { parseAccountName } from "@countermark/identity";
import { parseName } from "@countermark/packaging";
import { OPERATOR, type AuditEntry, type AuditLog } from "../audit-log/audit-log.ts";
import type { Clock } from "../clock.ts";
import { ServerError } from "../errors.ts";
import type { AccountStore, MemberRole } from "./account-store.ts";
import { issueInvitation, issueToken, tokenMade, type Issued, type TokenRequest } from "./issue.ts";

export interface AdministrationPorts {
  readonly accounts: AccountStore;
  readonly audit: AuditLog;
  readonly clock: Clock;
}

/** What the operator does to accounts, tokens and members, each change with its line in the audit log. */
export class Administration {
  readonly #accounts: AccountStore;
  readonly #audit: AuditLog;
  readonly #clock: Clock;

  constructor({ accounts, audit, clock }: AdministrationPorts) {
    this.#accounts = accounts;
    this.#audit = audit;
    this.#clock = clock;
  }

  /** Throws `ACCOUNT_EXISTS`, `IDENTITY_ACCOUNT`. Returns the name in its folded form. */
  async addAccount(text: string): Promise<string> {
    const name = parseAccountName(text);
    if ((await this.#accounts.addAccount({ name, at: this.#clock() })) !== "added") {
      throw new ServerError("ACCOUNT_EXISTS", `there is an account ${name} already`, {
        hint: "choose another name; a name is never given twice",
      });
    }
    await this.#note("account.add", name);
    return name;
  }

  /** Throws `NO_ACCOUNT`. */
  async setDisabled(text: string, disabled: boolean): Promise<string> {
    const name = parseAccountName(text);
    if (!(await this.#accounts.setDisabled(name, disabled ? this.#clock() : undefined))) throw noAccount(name);
    await this.#note(disabled ? "account.disable" : "account.enable", name);
    return name;
  }

  async invite(note: string): Promise<Issued> {
    const issued = await issueInvitation(this.#accounts, note, this.#clock());
    await this.#note("account.invite", issued.id, { note });
    return issued;
  }

  /** Throws `NO_ACCOUNT`, `PROJECT_NAME`. */
  async createToken(request: TokenRequest): Promise<Issued> {
    const account = parseAccountName(request.account);
    const projects = request.projects?.map(parseName);
    const asked = { ...request, account, projects };
    const issued = await issueToken(this.#accounts, asked, this.#clock());
    if (issued === undefined) throw noAccount(account);
    const { action, subject, detail } = tokenMade(issued.id, asked);
    await this.#note(action, subject, detail);
    return issued;
  }

  /** Throws `NO_TOKEN`. */
  async revokeToken(id: string): Promise<void> {
    if (!(await this.#accounts.revokeToken(id, this.#clock()))) {
      throw new ServerError("NO_TOKEN", `there is no token ${JSON.stringify(id)}, or it is revoked already`, {
        hint: "'countermark-server token list' shows the ids of all tokens",
      });
    }
    await this.#note("token.revoke", id);
  }

  /** Throws `NO_ACCOUNT`, `LAST_OWNER`, `PROJECT_NAME`. */
  async setMember(projectName: string, accountName: string, role: MemberRole): Promise<void> {
    const [project, account] = [parseName(projectName), parseAccountName(accountName)];
    const outcome = await this.#accounts.setMember({ project, account, role, since: this.#clock() });
    if (outcome === "no-account") throw noAccount(account);
    if (outcome === "last-owner") throw lastOwner(project, account);
    await this.#note("member.set", project, { account, role });
  }

  /** Throws `NO_MEMBER`, `LAST_OWNER`, `PROJECT_NAME`. */
  async removeMember(projectName: string, accountName: string): Promise<void> {
    const [project, account] = [parseName(projectName), parseAccountName(accountName)];
    const outcome = await this.#accounts.removeMember(project, account);
    if (outcome === "last-owner") throw lastOwner(project, account);
    if (outcome === "no-member") {
      throw new ServerError("NO_MEMBER", `${account} is no member of ${project}`, {
        hint: `'countermark-server project member list ${project}' shows who is`,
      });
    }
    await this.#note("member.remove", project, { account });
  }

  #note(action: AuditEntry["action"], subject: string, detail: AuditEntry["detail"] = {}): Promise<void> {
    return this.#audit.append({ at: this.#clock(), actor: OPERATOR, action, subject, detail });
  }
}

function noAccount(name: string): ServerError {
  return new ServerError("NO_ACCOUNT", `there is no account ${name}, or it is disabled`, {
    hint: "'countermark-server account list' shows all accounts",
  });
}

function lastOwner(project: string, account: string): ServerError {
  return new ServerError("LAST_OWNER", `${account} is the last owner of ${project}`, {
    hint: "make somebody else an owner first",
  });
}
