import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { EXIT_CODES_PAGE, exitCodesPage } from "../../tools/docs/exit-codes.ts";

test("docs/install/exit-codes.md says what the client does; `make docs` writes it", () => {
  const page = exitCodesPage();
  assert.match(page, /\| 65 \| .*`CONFIG_INVALID`/);
  assert.equal(readFileSync(EXIT_CODES_PAGE, "utf8"), page);
});
