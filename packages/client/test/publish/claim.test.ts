import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReleaseFile } from "@countermark/repository";
import { generateEd25519 } from "@countermark/tuf";
import { ClientError } from "../../src/errors.ts";
import { planChange } from "../../src/publish/change.ts";
import type { PresentProject } from "../../src/publish/present-project.ts";

const file = (filename: string, digits: string): ReleaseFile => ({
  ...{ filename, sha256: digits.repeat(32), length: 3, uploadTime: 0 },
});
const [one, two] = [file("flask-1.0.tar.gz", "ab"), file("flask-2.0.tar.gz", "cd")];

function unclaimed(...files: readonly ReleaseFile[]): PresentProject {
  return { project: "flask", standing: "unclaimed", files: new Map(files.map((each) => [each.filename, each])) };
}

/** What was shown and agreed to: both files, of which the first was built here, too. */
const claim = {
  listed: new Map([one, two].map(({ filename, sha256 }) => [filename, sha256])),
  leaveOut: new Set<string>(),
  built: new Set([one.filename]),
};

test("more owners than a project may have are refused before anybody is asked to sign", () => {
  const invite = (count: number) =>
    planChange(
      { project: "flask", standing: "none", files: new Map() },
      { project: { addOwners: Array.from({ length: count }, () => ({ key: generateEd25519().signer.publicKey })) } },
      { key: generateEd25519().signer.publicKey, person: "ada" },
    );
  assert.equal(invite(31).draft?.owners.keys.length, 32, "control");
  assert.throws(
    () => invite(32),
    (error) => error instanceof ClientError && error.code === "PROJECT_ROLE" && error.message.includes("33 owners"),
  );
});

test("a claim takes over what the person was shown, and nothing that the index slips in afterwards", () => {
  const { files } = planChange(unclaimed(one, two), { claim });
  assert.deepEqual([...files.values()], [one, { ...two, adopted: true }], "control");
  for (const [what, present] of [
    ["one file more, as in the answer to a conflict", unclaimed(one, two, file("flask-3.0.tar.gz", "ee"))],
    ["other content under the name of what was compared", unclaimed(file(one.filename, "ee"), two)],
    ["another one in its place", unclaimed(one, file("flask-3.0.tar.gz", "ee"))],
    ["one file less", unclaimed(one)],
  ] as const) {
    assert.throws(
      () => planChange(present, { claim }),
      (error) => error instanceof ClientError && error.code === "PROJECT_BUSY",
      what,
    );
  }
});
