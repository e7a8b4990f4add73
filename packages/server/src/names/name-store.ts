/** What the operator says about names that nobody has yet. */
export interface NameRule {
  /** `reserved`: for somebody; `prohibited`: for nobody. */
  readonly kind: "reserved" | "prohibited";
  /** Normalised. */
  readonly name: string;
  /** Of a reserved one: this name alone, not every name that begins with it and a hyphen. */
  readonly exact: boolean;
  /** The operator's own imports may begin a project here. */
  readonly imports: boolean;
  /** Accounts that may begin a project here. Sorted. */
  readonly accounts: readonly string[];
  /** Why, in the operator's words. */
  readonly note: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** Why a name may not be begun. */
export interface NameBar {
  readonly code: "NAME_PROHIBITED" | "NAME_RESERVED" | "NAME_CONFUSABLE";
  readonly reason: string;
  readonly hint: string;
}

/** Who wants to begin a project: an account, or the operator by an import. */
export type Beginner = { readonly account: string } | "operator";

/**
 * Rules for names, and who begins which. Each method is one transaction that survives a crash of the machine when its
 * promise is fulfilled. A project's first file, its first owner and its first claim look at the rules in the same
 * transaction that takes the name, so that of two names that look alike one is taken. Whoever can write to this store can
 * begin any project; those that are there already stay whose they are.
 */
export interface NameStore {
  /** Adds a rule; one that is there gets the accounts added, the rest replaced. `no-account`: a grant to nobody. */
  put(rule: NameRule): Promise<"put" | "no-account">;
  /** False where there is no such rule. */
  remove(kind: NameRule["kind"], name: string): Promise<boolean>;
  /** Sorted by name. */
  rules(): Promise<readonly NameRule[]>;
  /** Why somebody may not begin this project; undefined where they may, or where it is there already. */
  barOf(project: string, by: Beginner): Promise<NameBar | undefined>;
  /** Takes the name for a project that begins without a file. The bar where it may not; undefined when it is there. */
  begin(project: string, shard: string, by: Beginner): Promise<NameBar | undefined>;
}
