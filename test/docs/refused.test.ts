import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROW =
  /^\| (?<what>[^|]+) \| (?:`(?<code>[A-Z_]+)`|staged, no error) \| `(?<file>[^`]+\.ts)`: (?<title>[^|]+) \|$/;
const text = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");

test("every refusal of docs/publish/refused.md names a code that there is and a test that there is", () => {
  const errors = text("docs/errors.md");
  const rows = text("docs/publish/refused.md")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| what"));
  assert.ok(rows.length > 20);
  for (const row of rows) {
    const { code, file = "", title = "" } = ROW.exec(row)?.groups ?? {};
    assert.ok(title !== "", row);
    const source = text(file);
    assert.ok(source.includes(`"${title}"`), row);
    if (code === undefined) continue;
    assert.ok(errors.includes(`| \`${code}\` |`), row);
    assert.ok(source.includes(code), row);
  }
});
