/** Makes `docs/install/exit-codes.md` out of the `errors.ts` of the client and of identity: run by `make docs`; a test compares. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
/** Where the page lies. */
export const EXIT_CODES_PAGE = fileURLToPath(new URL("docs/install/exit-codes.md", root));

const MEANINGS: Readonly<Record<number, string>> = {
  0: "done; everything that was asked for verified",
  1: "something was refused, or found: a verification, a policy, a lock file, `doctor`",
  64: "the command line makes no sense, or names what is not there (EX_USAGE)",
  65: "a file that was given cannot be used (EX_DATAERR)",
  69: "the index cannot be reached, or a port is taken (EX_UNAVAILABLE)",
  70: "a mistake of countermark's own, with a stack to report (EX_SOFTWARE)",
  73: "the trusted state or the cache cannot be written (EX_CANTCREAT)",
  77: "the index is private, and asks for another token or for one at all (EX_NOPERM)",
  126: "the command to run cannot be started",
  127: "the command to run is not there",
};

/** The page as it should be. @throws Error when an exit code has no meaning here */
export function exitCodesPage(): string {
  const source = ["client", "identity"]
    .map((name) => readFileSync(new URL(`packages/${name}/src/errors.ts`, root), "utf8"))
    .join("");
  const errors = new Map<number, string[]>(Object.keys(MEANINGS).map((code) => [Number(code), []]));
  for (const [, error = "", code = ""] of source.matchAll(/^ {2}\["([A-Z_]+)", (\d+)\],$/gm)) {
    const list = errors.get(Number(code));
    if (list === undefined) throw new Error(`exit code ${code} of ${error} has no meaning in tools/docs/exit-codes.ts`);
    list.push(`\`${error}\``);
  }
  errors.get(65)?.push("every `IDENTITY_` code");
  errors.get(1)?.push("every other code");
  const rows = [...errors].map(([code, list]) => `| ${code} | ${MEANINGS[code] ?? ""} | ${list.join(", ")} |`);
  return `# Exit codes

The codes are those of \`sysexits.h\` where it has one. Errors are written to stderr as \`error[CODE]: …\`; [errors](../errors.md)
lists what each code means.

\`countermark run\` ends as its command does: with the command's exit code, 128 + the signal's number when a signal ended it.
When the command ended with 0 but something of the index was refused, \`run\` ends with 1. A refused foreign host is told and
changes nothing.

| exit code | meaning | errors |
|---|---|---|
${rows.join("\n")}
`;
}

if (import.meta.main) writeFileSync(EXIT_CODES_PAGE, exitCodesPage());
