import type { RoleFile, RoleRecord } from "@countermark/repository";
import { ServerError } from "../../src/errors.ts";
import type {
  Acceptance,
  IndexSettings,
  IndexStore,
  NewFile,
  Publication,
  StoredFile,
} from "../../src/storage/index-store.ts";

/** What goes wrong at a write: nothing was stored, or all was and only the answer got lost. */
export type Fault = "failed" | "failed-but-persisted";

interface State {
  settings: IndexSettings | undefined;
  roles: Map<string, RoleRecord>;
  roleFiles: Map<string, RoleFile & { supersededAt?: number }>;
  files: Map<number, StoredFile>;
  changedIn: Map<string, number>;
}

/** The index store in memory, to the letter of its contract, with faults on request. */
export class MemoryIndexStore implements IndexStore {
  #state: State = {
    settings: undefined,
    roles: new Map(),
    roleFiles: new Map(),
    files: new Map(),
    changedIn: new Map(),
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

  roles(): Promise<readonly RoleRecord[]> {
    return Promise.resolve([...this.#state.roles.values()].sort((a, b) => (a.name < b.name ? -1 : 1)));
  }

  roleFile(name: string, version: number): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#state.roleFiles.get(`${version}.${name}`)?.bytes);
  }

  timestamp(): Promise<RoleFile> {
    const present = this.#state.roles.get("timestamp");
    const file = this.#state.roleFiles.get(`${present?.version ?? 0}.timestamp`);
    if (file === undefined) throw new ServerError("NO_INDEX", "there is no index");
    return Promise.resolve(file);
  }

  accept(files: readonly NewFile[]): Promise<readonly Acceptance[]> {
    return this.#write((state) => files.map((file) => acceptOne(state, file)));
  }

  accepted(limit: number): Promise<readonly StoredFile[]> {
    const waiting = [...this.#state.files.values()].filter(({ publishedIn }) => publishedIn === undefined);
    return Promise.resolve(waiting.slice(0, limit));
  }

  filesOfShard(shard: string, including: ReadonlySet<number>): Promise<readonly StoredFile[]> {
    const all = [...this.#state.files.values()].filter((file) => file.shard === shard);
    const chosen = all.filter(({ id, publishedIn }) => publishedIn !== undefined || including.has(id));
    const key = ({ project, filename }: StoredFile): string => `${project}\n${filename}`;
    return Promise.resolve(chosen.sort((a, b) => (key(a) < key(b) ? -1 : 1)));
  }

  publish(publication: Publication): Promise<boolean> {
    return this.#write((state) => {
      if (state.roles.get("timestamp")?.version !== publication.basedOn) return false;
      putRoles(state, publication);
      for (const id of publication.files) {
        const file = state.files.get(id);
        if (file === undefined || file.publishedIn !== undefined) throw new Error("not an accepted file");
        state.files.set(id, { ...file, publishedIn: publication.basedOn + 1 });
        state.changedIn.set(file.project, publication.basedOn + 1);
      }
      return true;
    });
  }

  sweep(before: number): Promise<number> {
    return this.#write((state) => {
      const old = [...state.roleFiles].filter(
        ([, { name, supersededAt }]) => name !== "root" && supersededAt !== undefined && supersededAt < before,
      );
      for (const [key] of old) state.roleFiles.delete(key);
      return old.length;
    });
  }

  changeMark(): number {
    return this.#mark;
  }

  changedSince(version: number): Promise<readonly string[]> {
    return Promise.resolve([...this.#state.changedIn].filter(([, at]) => at > version).map(([name]) => name));
  }

  visibleFiles(project: string): Promise<readonly StoredFile[] | undefined> {
    const files = [...this.#state.files.values()].filter(
      (file) => file.project === project && file.publishedIn !== undefined,
    );
    return Promise.resolve(files.length === 0 ? undefined : files);
  }

  file(project: string, filename: string): Promise<StoredFile | undefined> {
    const found = [...this.#state.files.values()].find(
      (file) => file.project === project && file.filename === filename,
    );
    return Promise.resolve(found);
  }

  projects(): Promise<readonly string[]> {
    return Promise.resolve([...this.#state.changedIn.keys()].sort());
  }

  counts(): Promise<{ projects: number; files: number; accepted: number }> {
    const files = [...this.#state.files.values()];
    const accepted = files.filter(({ publishedIn }) => publishedIn === undefined).length;
    return Promise.resolve({ projects: this.#state.changedIn.size, files: files.length - accepted, accepted });
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
    changedIn: new Map(state.changedIn),
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

function acceptOne(state: State, file: NewFile): Acceptance {
  const twin = [...state.files.values()].find(
    ({ project, folded }) => project === file.project && folded === file.folded,
  );
  if (twin === undefined) {
    const id = state.files.size + 1;
    state.files.set(id, { ...file, id, publishedIn: undefined });
    return { outcome: "accepted" };
  }
  const same = twin.filename === file.filename && twin.sha256 === file.sha256;
  return same ? { outcome: "known" } : { outcome: "conflict", filename: twin.filename, sha256: twin.sha256 };
}
