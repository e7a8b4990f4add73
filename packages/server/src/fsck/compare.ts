import { isDeepStrictEqual } from "node:util";
import type { NewFile } from "../storage/index-store.ts";
import type { ProjectRows, RowsChange } from "../storage/sqlite/inspection.ts";
import type { Finding } from "./findings.ts";
import type { SignedProject } from "./signed-projects.ts";

/** A finding, and the rows that would put it right. */
export interface Difference {
  readonly finding: Finding;
  readonly change: RowsChange;
}

/** Holds the rows of a project against what is signed of it. A project of which nothing is known on a side is undefined. */
export function compareProject(signed: SignedProject, rows: ProjectRows | undefined): readonly Difference[] {
  const differences: Difference[] = [];
  const { project, protection, files } = signed;
  const listed = protection !== "unclaimed" || files.size > 0;
  if ((listed || rows !== undefined) && (rows?.listed !== listed || rows.protection !== protection)) {
    const has =
      rows === undefined ? "it has no row" : `its row says ${rows.listed ? "" : "not "}listed, ${rows.protection}`;
    const detail = `signed: ${listed ? "" : "not "}listed, ${protection}; ${has}`;
    differences.push({
      finding: { kind: "project-differs", subject: project, detail },
      change: { change: "project", project, protection, listed },
    });
  }
  for (const [filename, file] of files) {
    const difference = compareFile(file, rows?.files.get(filename));
    if (difference !== undefined) differences.push(difference);
  }
  for (const [filename, { visible }] of rows?.files ?? []) {
    if (!visible || files.has(filename)) continue;
    differences.push({
      finding: { kind: "file-unsigned", subject: `${project}/${filename}`, detail: "no role lists it" },
      change: { change: "hide", project, filename },
    });
  }
  return differences;
}

function compareFile(file: NewFile, row: { readonly visible: boolean; readonly file: NewFile } | undefined) {
  const subject = `${file.project}/${file.filename}`;
  const change = { change: "show", file } as const;
  if (row === undefined) {
    return { finding: { kind: "file-missing", subject, detail: "it has no row" }, change } as const;
  }
  const wrong = (Object.keys(file) as (keyof NewFile)[]).filter(
    (name) => !isDeepStrictEqual(file[name], row.file[name]),
  );
  if (!row.visible) wrong.push("visible" as never);
  if (wrong.length === 0) return undefined;
  return { finding: { kind: "file-differs", subject, detail: `by ${wrong.join(", ")}` }, change } as const;
}
