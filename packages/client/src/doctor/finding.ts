/**
 * How far a finding reaches. `run`: even past a guarded command. `agent`: past the long-running door and every plain command,
 * while `run` refuses it and says so. `trust`: what is trusted itself is in question.
 */
export type Reach = "run" | "agent" | "trust";

/** Something that would lead around verification, or keep it from working. */
export interface Finding {
  /** Stable, for scripts: `pip-config`, `path-order` … */
  readonly check: string;
  readonly reach: Reach;
  /** A path, or the name of a variable. */
  readonly where: string;
  /** What would happen, in words. */
  readonly what: string;
  /** What to do about it. */
  readonly fix: string;
}
