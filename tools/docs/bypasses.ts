/**
 * Makes `docs/install/bypasses.md` out of what held in the latest run of `test/clients/bypasses.test.ts`: run by `make docs`; the
 * test compares the page with its list of cases.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Row } from "../../test/clients/bypasses/case.ts";
import { readResults } from "../../test/clients/bypasses/results.ts";

/** Where the page lies. */
export const BYPASSES_PAGE = fileURLToPath(new URL("../../docs/install/bypasses.md", import.meta.url));

const INTRODUCTION = readFileSync(new URL("bypasses-introduction.md", import.meta.url), "utf8");

/** The page as it should be. */
export function bypassesPage(rows: readonly Row[]): string {
  const lines = rows.map(({ tool, way, without, through }) => `| ${tool} | ${way} | ${without} | ${through} |`);
  return `${INTRODUCTION}\n| tool | way | without \`countermark run\` | with it |\n|---|---|---|---|\n${lines.join("\n")}\n`;
}

if (import.meta.main) {
  const rows = readResults();
  if (rows === undefined)
    process.stderr.write("docs/install/bypasses.md stays: run test/clients/bypasses.test.ts first\n");
  else writeFileSync(BYPASSES_PAGE, bypassesPage(rows));
}
