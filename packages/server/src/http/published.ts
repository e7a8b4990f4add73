import type { IndexStore } from "../storage/index-store.ts";
import { ByteCache } from "./byte-cache.ts";

/** Something made from rows, and what keeping it costs. */
export interface Made<T> {
  readonly value: T;
  /** Bytes of memory. */
  readonly size: number;
}

/** From here on, making something anew takes long enough for whoever asks next to notice. */
const LARGE_BYTES = 256 * 1024;

/** Something kept. */
interface Kept extends Made<unknown> {
  readonly make: () => Promise<Made<unknown> | undefined>;
  /** Somebody wanted it since it was made. */
  asked: boolean;
}

/**
 * Keeps what was made from published rows until a publication changes it, by whatever process. Each request asks
 * first whether anybody has committed, which is cheap; only then it is looked up which projects have changed.
 * What is large and was asked for is made anew at once, so that the first to ask after a release need not wait for it.
 */
export class PublishedCache {
  readonly #store: IndexStore;
  readonly #cache: ByteCache<Kept>;
  readonly #making = new Map<string, Promise<unknown>>();
  #mark: number | undefined;
  #seen = 0;
  #generation = 0;
  #catchingUp: Promise<void> | undefined;

  constructor(store: IndexStore, limitBytes: number) {
    this.#store = store;
    this.#cache = new ByteCache(limitBytes);
  }

  /** Bytes in use. */
  get bytes(): number {
    return this.#cache.bytes;
  }

  /** Forgets what is no longer true. A promise only where there is something to find out: most requests do not wait. */
  catchUp(): Promise<void> | undefined {
    const mark = this.#store.changeMark();
    if (mark === this.#mark) return this.#catchingUp;
    this.#mark = mark;
    const before = this.#catchingUp?.catch(() => undefined) ?? Promise.resolve();
    const turn = before
      .then(() => this.#forgetChanged())
      .catch((error: unknown) => {
        this.#mark = undefined;
        throw error;
      })
      .finally(() => {
        if (this.#catchingUp === turn) this.#catchingUp = undefined;
      });
    this.#catchingUp = turn;
    return turn;
  }

  /** What belongs to one project: forgotten when its page changes. */
  ofProject<T>(
    project: string,
    kind: ProjectKind,
    make: () => Promise<Made<T> | undefined>,
  ): Promise<T | undefined> | T {
    return this.#get(`${project}/${kind}`, make);
  }

  /** What belongs to the index as a whole: forgotten at each publication. */
  ofIndex<T>(kind: IndexKind, make: () => Promise<Made<T> | undefined>): Promise<T | undefined> | T {
    return this.#get(`/${kind}`, make);
  }

  /** What never changes once it is there. */
  forEver<T>(name: string, make: () => Promise<Made<T> | undefined>): Promise<T | undefined> | T {
    return this.#get(`//${name}`, make);
  }

  #get<T>(key: string, make: () => Promise<Made<T> | undefined>): Promise<T | undefined> | T {
    const kept = this.#cache.get(key);
    if (kept !== undefined) {
      kept.asked = true;
      return kept.value as T;
    }
    const running = this.#making.get(key);
    return (running ?? this.#begin(key, make, true)) as Promise<T | undefined>;
  }

  #begin<T>(key: string, make: () => Promise<Made<T> | undefined>, asked: boolean): Promise<T | undefined> {
    const making = this.#make(key, make, asked).finally(() => {
      if (this.#making.get(key) === making) this.#making.delete(key);
    });
    this.#making.set(key, making);
    return making;
  }

  /** Made while a publication went by, a value may be of before: it is given out but not kept. */
  async #make<T>(key: string, make: () => Promise<Made<T> | undefined>, asked: boolean): Promise<T | undefined> {
    const generation = this.#generation;
    const made = await make();
    if (made !== undefined && generation === this.#generation)
      this.#cache.set(key, { ...made, make, asked }, made.size);
    return made?.value;
  }

  async #forgetChanged(): Promise<void> {
    const { version } = await this.#store.timestamp();
    if (version === this.#seen) return;
    // Of an empty cache nothing is to be forgotten: a server that starts would be told of every project that there ever was.
    const changed = this.#cache.isEmpty ? [] : await this.#store.changedSince(this.#seen);
    this.#generation += 1;
    this.#seen = version;
    this.#making.clear();
    const again: [key: string, make: Kept["make"]][] = [];
    const forget = (key: string): void => {
      const kept = this.#cache.take(key);
      if (kept?.asked === true && kept.size >= LARGE_BYTES) again.push([key, kept.make]);
    };
    for (const kind of PROJECT_KINDS) for (const project of changed) forget(`${project}/${kind}`);
    for (const kind of INDEX_KINDS) forget(`/${kind}`);
    for (const [key, make] of again) this.#remake(key, make);
  }

  /** A failure is told to whoever asks next, who tries again. */
  #remake(key: string, make: Kept["make"]): void {
    if (!this.#making.has(key)) this.#begin(key, make, false).catch(() => undefined);
  }
}

/** Everything that is made of one project. */
const PROJECT_KINDS = ["files", "json", "html", "html-v1", "page"] as const;
/** Everything that is made of the index as a whole. */
const INDEX_KINDS = ["timestamp", "json", "html", "html-v1", "health", "trust"] as const;

export type ProjectKind = (typeof PROJECT_KINDS)[number];
export type IndexKind = (typeof INDEX_KINDS)[number];
