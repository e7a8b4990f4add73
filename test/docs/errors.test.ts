import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ERRORS_PAGE, errorsPage } from "../../tools/docs/errors.ts";

test("docs/errors.md lists exactly the codes of the packages; `make docs` writes it", () => {
  const page = errorsPage();
  assert.ok(page.includes("`TUF_SIGNATURE`") && page.includes("`ROLE_SHAPE`"));
  assert.equal(readFileSync(ERRORS_PAGE, "utf8"), page);
});

test("every code of a closed union has a doc comment, and so a line on the page", () => {
  const page = errorsPage();
  for (const name of ["tuf", "packaging", "repository", "identity", "client", "server"]) {
    const source = readFileSync(new URL(`../../packages/${name}/src/errors.ts`, import.meta.url), "utf8");
    const codes = [...source.matchAll(/^ {2}\| "([A-Z_]+)"/gm)].map(([, code]) => code ?? "");
    assert.ok(codes.length > 0, name);
    for (const code of codes) assert.ok(page.includes(`| \`${code}\` |`), `${name}: ${code}`);
  }
});
