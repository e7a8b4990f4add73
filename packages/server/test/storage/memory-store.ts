import type { Protection, RoleFile, RoleRecord } from "@countermark/repository";
import { ServerError } from "../../src/errors.ts";
import type {
  Acceptance,
  IndexSettings,
  IndexStore,
  NewFile,
  ProjectChange,
  Publication,
  RowChange,
  StoredFile,
} from "../../src/storage/index-store.ts";
import type {
  Decision,
  NewTransaction,
  Outcome,
  StoredTransaction,
  TransactionQuery,
} from "../../src/storage/transactions.ts";

/** What goes wrong at a write: nothing was stored, or all was and only the answer got lost. */
export type Fault = "failed" | "failed-but-persisted";

interface State {
  settings: IndexSettings | undefined;
  roles: Map<string, RoleRecord>;
  roleFiles: Map<string, RoleFile & { supersededAt?: number }>;
  files: Map<number, StoredFile>;
  projects: Map<string, { changedIn: number; listed: boolean; protection: Protection }>;
  transactions: Map<number, StoredTransaction>;
  /** Which transaction reserved an unpublished file. */
  reserved: Map<number, number>;
  held: { readonly claims: ReadonlyMap<string, number>; readonly until: number };
}

/** The index store in memory, to the letter of its contract, with faults on request. */
export class MemoryIndexStore implements IndexStore {
  #state: State = {
    settings: undefined,
    roles: new Map(),
    roleFiles: new Map(),
    files: new Map(),
    projects: new Map(),
    transactions: new Map(),
    reserved: new Map(),
    held: { claims: new Map(), until: 0 },
  };
  #mark = 0;
  #faults: (Fault | undefined)[] = [];
  /** Writes that were tried so far. */
  writes = 0;

  /** Faults of the next writes, in order. */
  failNext(...faults: (Fault | undefined)[]): void {
    this.#faults = faults;
  }

  settings(): Promise<IndexSettings | undefined> {
    return Promise.resolve(this.#state.settings);
  }

  found(settings: IndexSettings, first: Publication): Promise<void> {
    return this.#write((state) => {
      if (state.settings !== undefined) throw new ServerError("FOLDER_NOT_EMPTY", "there is an index already");
      state.settings = settings;
      putRoles(state, first);
    });
  }

  roles(names?: readonly string[]): Promise<readonly RoleRecord[]> {
    const asked = [...this.#state.roles.values()].filter(({ name }) => names?.includes(name) ?? true);
    return Promise.resolve(asked.sort((a, b) => (a.name < b.name ? -1 : 1)));
  }

  roleFile(name: string, version: number): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#state.roleFiles.get(`${version}.${name}`)?.bytes);
  }

  role(name: string): Promise<RoleFile | undefined> {
    const version = this.#state.roles.get(name)?.version ?? 0;
    return Promise.resolve(this.#state.roleFiles.get(`${version}.${name}`));
  }

  async timestamp(): Promise<RoleFile> {
    const file = await this.role("timestamp");
    if (file === undefined) throw new ServerError("NO_INDEX", "there is no index");
    return file;
  }

  holdClaims(claims: ReadonlyMap<string, number>, until: number): Promise<void> {
    return this.#write((state) => void (state.held = { claims: new Map(claims), until }));
  }

  heldClaim(project: string, now: number): Promise<number | undefined> {
    const { claims, until } = this.#state.held;
    return Promise.resolve(until > now ? claims.get(project) : undefined);
  }

  submit(transactions: readonly NewTransaction[]): Promise<readonly Acceptance[]> {
    return this.#write((state) => transactions.map((transaction) => submitOne(state, transaction)));
  }

  waiting(limit: number): Promise<readonly StoredTransaction[]> {
    const waiting = [...this.#state.transactions.values()].filter(({ outcome }) => outcome === undefined);
    return Promise.resolve(waiting.slice(0, limit));
  }

  transaction(id: number): Promise<StoredTransaction | undefined> {
    return Promise.resolve(this.#state.transactions.get(id));
  }

  transactions({ after = 0, project, limit }: TransactionQuery): Promise<readonly StoredTransaction[]> {
    const all = [...this.#state.transactions.values()].filter(
      (each) => each.id > after && (project === undefined || each.project === project),
    );
    return Promise.resolve(all.slice(0, limit));
  }

  publish(publication: Publication): Promise<boolean> {
    return this.#write((state) => {
      if (state.roles.get("timestamp")?.version !== publication.basedOn) return false;
      putRoles(state, publication);
      publication.rows.forEach((row) => {
        putRow(state, row, publication.basedOn + 1);
      });
      publication.decisions.forEach((decision) => {
        decide(state, decision, publication);
      });
      publication.projects.forEach((project) => {
        turnPage(state, project, publication.basedOn + 1);
      });
      return true;
    });
  }

  sweep(before: number): Promise<number> {
    return this.#write((state) => {
      const old = [...state.roleFiles].filter(
        ([, { name, supersededAt }]) =>
          name !== "root" && !name.startsWith("p.") && supersededAt !== undefined && supersededAt < before,
      );
      for (const [key] of old) state.roleFiles.delete(key);
      return old.length;
    });
  }

  changeMark(): number {
    return this.#mark;
  }

  changedSince(version: number): Promise<readonly string[]> {
    const changed = [...this.#state.projects].filter(([, { changedIn }]) => changedIn > version);
    return Promise.resolve(changed.map(([name]) => name));
  }

  async bytesOf(project: string): Promise<number> {
    const kept = (await this.filesOf(project)).filter(({ deletedIn }) => deletedIn === undefined);
    return kept.reduce((sum, { length }) => sum + length, 0);
  }

  async visibleFiles(project: string): Promise<readonly StoredFile[] | undefined> {
    if (this.#state.projects.get(project)?.listed !== true) return undefined;
    return (await this.filesOf(project)).filter(isVisible);
  }

  filesOf(project: string): Promise<readonly StoredFile[]> {
    return Promise.resolve([...this.#state.files.values()].filter((file) => file.project === project));
  }

  async file(project: string, filename: string): Promise<StoredFile | undefined> {
    return (await this.filesOf(project)).find((file) => file.filename === filename);
  }

  projects(): Promise<readonly string[]> {
    const listed = [...this.#state.projects].filter(([, project]) => project.listed);
    return Promise.resolve(listed.map(([name]) => name).sort());
  }

  async counts(): Promise<{ projects: number; files: number; accepted: number }> {
    const files = [...this.#state.files.values()].filter(isVisible).length;
    const accepted = (await this.waiting(Infinity)).length;
    return { projects: (await this.projects()).length, files, accepted };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #write<T>(work: (state: State) => T): Promise<T> {
    await Promise.resolve();
    this.writes += 1;
    const fault = this.#faults.shift();
    if (fault === "failed") throw new ServerError("IO", "injected: nothing was stored");
    const next = copy(this.#state);
    const result = work(next);
    this.#state = next;
    this.#mark += 1;
    if (fault === "failed-but-persisted") throw new ServerError("IO", "injected: all was stored");
    return result;
  }
}

function copy(state: State): State {
  return {
    settings: state.settings,
    roles: new Map(state.roles),
    roleFiles: new Map(state.roleFiles),
    files: new Map(state.files),
    projects: new Map(state.projects),
    transactions: new Map(state.transactions),
    reserved: new Map(state.reserved),
    held: state.held,
  };
}

function putRoles(state: State, { roles, at }: Publication): void {
  for (const role of roles) {
    const before = state.roles.get(role.name);
    const oldKey = `${before?.version ?? 0}.${role.name}`;
    const old = state.roleFiles.get(oldKey);
    if (role.name === "timestamp") state.roleFiles.delete(oldKey);
    else if (old !== undefined) state.roleFiles.set(oldKey, { ...old, supersededAt: at });
    const { name, version, expires, length, sha256 } = role;
    state.roleFiles.set(`${version}.${name}`, role);
    state.roles.set(name, { name, version, expires, length, sha256 });
  }
}

function isVisible({ publishedIn, deletedIn }: StoredFile): boolean {
  return publishedIn !== undefined && deletedIn === undefined;
}

function submitOne(state: State, { reserves, ...transaction }: NewTransaction): Acceptance {
  const fresh: NewFile[] = [];
  for (const file of reserves) {
    const twin = [...state.files.values()].find(
      ({ project, folded }) => project === file.project && folded === file.folded,
    );
    if (twin === undefined) {
      fresh.push(file);
      continue;
    }
    const { filename, sha256, deletedIn } = twin;
    const deleted = deletedIn !== undefined;
    if (filename !== file.filename || sha256 !== file.sha256 || deleted) {
      return { outcome: "conflict", filename, sha256, deleted };
    }
  }
  if (fresh.length === 0 && reserves.length > 0) return { outcome: "known" };
  const id = state.transactions.size + 1;
  state.transactions.set(id, { ...transaction, id, outcome: undefined, decidedAt: undefined });
  for (const file of fresh) {
    const fileId = nextFileId(state);
    state.files.set(fileId, { ...file, id: fileId, publishedIn: undefined, deletedIn: undefined });
    state.reserved.set(fileId, id);
  }
  return { outcome: "accepted", transaction: id };
}

function nextFileId(state: State): number {
  return Math.max(0, ...state.files.keys()) + 1;
}

function putRow(state: State, row: RowChange, version: number): void {
  const { project, filename } = row.change === "list" ? row.file : row;
  const present = [...state.files.values()].find((file) => file.project === project && file.filename === filename);
  if (row.change === "delete") {
    if (present !== undefined) state.files.set(present.id, { ...present, deletedIn: version });
    return;
  }
  const id = present?.id ?? nextFileId(state);
  state.files.set(id, { ...row.file, id, publishedIn: present?.publishedIn ?? version, deletedIn: undefined });
}

function decide(state: State, decision: Decision, { at, basedOn }: Publication): void {
  const present = state.transactions.get(decision.id);
  if (present?.outcome !== undefined || present === undefined) throw new Error("a transaction that does not wait");
  const { id: _id, ...outcome } = decision;
  const decided: Outcome = outcome.outcome === "published" ? { ...outcome, publishedIn: basedOn + 1 } : outcome;
  state.transactions.set(decision.id, { ...present, outcome: decided, decidedAt: at });
  if (outcome.outcome === "published") return;
  for (const [fileId, transaction] of state.reserved) {
    if (transaction === decision.id && state.files.get(fileId)?.publishedIn === undefined) state.files.delete(fileId);
  }
}

function turnPage(state: State, { project, protection }: ProjectChange, version: number): void {
  const files = [...state.files.values()].filter((file) => file.project === project);
  const listed = protection !== "unclaimed" || files.some(isVisible);
  state.projects.set(project, { changedIn: version, listed, protection });
}
