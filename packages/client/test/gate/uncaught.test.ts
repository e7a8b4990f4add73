import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { UNCAUGHT } from "../../src/gate/uncaught.ts";

test("SECURITY.md lists exactly what a gate cannot catch", () => {
  const page = readFileSync(new URL("../../../../SECURITY.md", import.meta.url), "utf8");
  const section = /## What `countermark run` cannot catch\n([^]*?)\n## /.exec(page)?.[1] ?? "";
  const listed = [...section.matchAll(/^- ([^]*?)(?=\n- |\n\n)/gm)].map(([, item = ""]) => item.replace(/\s+/g, " "));
  assert.deepEqual(
    listed,
    UNCAUGHT.map(({ what }) => what),
  );
});
