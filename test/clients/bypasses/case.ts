import type { Settings } from "../../harness/sandbox.ts";

/** What one run of a case is told. */
export interface Run {
  /** Its own folder, which is the command's folder and its home. */
  readonly folder: string;
  /** Pages of the trusted index, with a slash at the end. */
  readonly index: string;
  /** Address of the file of alphapkg 1.0 on the trusted index. */
  readonly indexFile: string;
  /** Pages of a stranger's index that has a higher version. */
  readonly stranger: string;
  /** Address of its file. */
  readonly strangerFile: string;
  /** The same on https, by an authority that the user's machine believes. */
  readonly strangerFileInTls: string;
  /** A folder with that file. */
  readonly links: string;
}

/** What becomes of the command without the gate: it takes a file that the index forged, or a stranger's. */
export type Without = "forged" | "stranger";
/** What becomes of it through the gate: it gets the index's verified files, or nothing. */
export type Through = "verified" | "refused";

/** One tool, one way around an index setting, and what must become of it. */
export interface Case {
  readonly tool: string;
  /** For the reader of the table. */
  readonly way: string;
  readonly without: Without;
  readonly through: Through;
  /** Files to lay into the folder first, by path. */
  files?(run: Run): Readonly<Record<string, string>>;
  /** Commands that prepare the folder, run without the gate and through it alike. */
  prepare?(run: Run): Preparation;
  command(run: Run): readonly string[];
  settings?(run: Run): Settings;
  /** A lock file that must stay byte for byte what it was. */
  readonly lock?: string;
}

/** Something to be done before a case's command: through the gate where `gated`. */
export interface Preparation {
  readonly gated: boolean;
  readonly command: readonly string[];
  readonly settings?: Settings;
}

/** A case's row in docs/install/bypasses.md. */
export interface Row {
  readonly tool: string;
  readonly way: string;
  readonly without: string;
  readonly through: string;
}

const WITHOUT: Readonly<Record<Without, string>> = {
  forged: "installs what the index forged",
  stranger: "installs a stranger's file",
};
const THROUGH: Readonly<Record<Through, string>> = {
  verified: "verified file of the trusted index",
  refused: "refused",
};

export function rowOf({ tool, way, without, through, lock }: Case): Row {
  const kept = lock === undefined ? "" : `; \`${lock}\` unchanged`;
  return { tool, way, without: WITHOUT[without], through: THROUGH[through] + kept };
}
