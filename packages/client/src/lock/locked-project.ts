/** One file that a lock file names. */
export interface LockedFile {
  /** Base name; `requirements.txt` has hashes alone. */
  readonly filename?: string;
  /** Lower-case hex; none where the lock file has no SHA-256 for it. */
  readonly sha256?: string;
}

/** Where a lock file says that a project comes from. */
export type Origin =
  | { readonly kind: "index" }
  /** The project's own code beside the lock file: nobody is asked for it. */
  | { readonly kind: "local" }
  /** A version control system, a direct URL, or another folder: no index vouches for it. */
  | { readonly kind: "elsewhere"; readonly what: string };

/** One project of a lock file. */
export interface LockedProject {
  /** Normalised. */
  readonly project: string;
  readonly version?: string;
  readonly origin: Origin;
  readonly files: readonly LockedFile[];
}
