import assert from "node:assert/strict";
import type { Settings } from "./sandbox.ts";

/**
 * The environment variables of a text's one line that begins so, as a unit of systemd (`Environment=A=b C=d`) and a
 * Containerfile (`ENV A=b C=d`) write them; nothing is quoted.
 */
export function assignments(text: string, beginning: "Environment=" | "ENV "): Settings {
  const line = text.split("\n").find((each) => each.startsWith(beginning));
  assert.ok(line !== undefined, `no line begins with ${beginning}`);
  return Object.fromEntries(
    line
      .slice(beginning.length)
      .split(" ")
      .map((word) => {
        const [name = "", ...value] = word.split("=");
        return [name, value.join("=")];
      }),
  );
}
