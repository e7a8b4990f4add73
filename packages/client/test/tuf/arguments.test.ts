import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientError } from "../../src/errors.ts";
import { readArguments } from "../../src/tuf/arguments.ts";

test("an option takes the next word, whatever that begins with", () => {
  const line = ["download", "--target-name", "--target-dir", "--target-name=-rf", "--target-dir", "x"];
  const rest = ["--metadata-dir", "d", "--metadata-url", "u", "--target-base-url", "b"];
  assert.deepEqual(readArguments([...line, ...rest]), {
    verb: "download",
    metadataDir: "d",
    metadataUrl: "u",
    targetBaseUrl: "b",
    targetDir: "x",
    targetNames: ["--target-dir", "-rf"],
  });
});

test("nothing is left over, missing or said twice", () => {
  for (const line of [
    "",
    "init",
    "--metadata-dir d init",
    "--metadata-dir d init a b",
    "--metadata-dir d --x y init a",
  ]) {
    assert.throws(
      () => readArguments(line.split(" ").filter(Boolean)),
      (error) =>
        error instanceof ClientError && error.code === "USAGE" && error.hint?.includes("countermark tuf") === true,
    );
  }
});
