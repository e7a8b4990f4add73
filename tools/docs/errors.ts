/** Makes `docs/errors.md` out of the packages' `errors.ts`: run by `make docs`; a test compares. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const CODE = /\/\*\* ([^*]+?) \*\/\s*\| "([A-Z_]+)"/g;
const PACKAGES = {
  client: "`countermark`: an installer's side",
  server: "`countermark-server`: an index",
  packaging: "Wheels, sdists, names and versions",
  repository: "Roles and their shapes",
  identity: "A person's keys",
  tuf: "TUF metadata",
};

const root = new URL("../../", import.meta.url);
/** Where the page lies. */
export const ERRORS_PAGE = fileURLToPath(new URL("docs/errors.md", root));

const INTRODUCTION = readFileSync(new URL("errors-introduction.md", import.meta.url), "utf8");

/** The page as it should be. */
export function errorsPage(): string {
  const sections = Object.entries(PACKAGES).map(([name, title]) => {
    const path = new URL(`packages/${name}/src/errors.ts`, root);
    const source = existsSync(path) ? readFileSync(path, "utf8") : "";
    const rows = [...source.matchAll(CODE)].map(
      ([, meaning, code]) => `| \`${code ?? ""}\` | ${(meaning ?? "").replace(/\s+\*?\s*/g, " ")} |`,
    );
    return `\n## ${title}\n\n| code | meaning |\n|---|---|\n${rows.join("\n")}\n`;
  });
  return INTRODUCTION + sections.join("");
}

if (import.meta.main) writeFileSync(ERRORS_PAGE, errorsPage());
