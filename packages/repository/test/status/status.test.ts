import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeStatus, NO_WITHDRAWALS, projectHash, statusContent, type StatusShard } from "@countermark/repository";
import { jsonObject, makeTargets, readTargets, signMetadata, generateEd25519, type PlainJson } from "@countermark/tuf";
import { refusal } from "../refusal.ts";

const shard = `status.${projectHash("flask").slice(0, 1)}`;
const digest = "ef".repeat(32);
const full: StatusShard = {
  projects: new Map([["flask", "malware"]]),
  releases: new Map([["flask", new Map([["3.0.0", "stolen token"]])]]),
  files: new Map([[digest, ""]]),
  keys: new Map([[digest, "lost laptop"]]),
  projectKeys: new Map([["flask", new Map([[digest, "let go"]])]]),
  states: new Map([["flask", { status: "archived", reason: "see new" }]]),
};

for (const [what, said] of Object.entries({ everything: full, nothing: NO_WITHDRAWALS })) {
  test(`a status shard that takes ${what} away survives signing and reading`, async () => {
    const role = makeTargets({ version: 1, expires: Date.parse("2030-01-01T00:00:00Z"), ...statusContent(said) });
    const bytes = await signMetadata(role, [generateEd25519().signer]);
    assert.deepEqual(decodeStatus(readTargets(bytes).signed, shard), said);
  });
}

/** Some project that lies in another shard than flask. */
const stranger =
  ["rich", "numpy", "six", "idna"].find((name) => !`status.${projectHash(name)}`.startsWith(shard)) ?? "";

const wrong: Record<string, Record<string, PlainJson>> = {
  "no withdrawals at all": {},
  "withdrawals that are a list": { "x-countermark-withdrawn": [] },
  "an unknown kind of withdrawal": { "x-countermark-withdrawn": { people: {} } },
  "a reason that is no text": { "x-countermark-withdrawn": { projects: { flask: 1 } } },
  "a project that is not normalised": { "x-countermark-withdrawn": { projects: { Flask: "" } } },
  "a file that is no digest": { "x-countermark-withdrawn": { files: { evil: "" } } },
  "a release without versions": { "x-countermark-withdrawn": { releases: { flask: "3.0.0" } } },
  "a project of another shard": { "x-countermark-withdrawn": { projects: { [stranger]: "" } } },
  "releases of a project of another shard": { "x-countermark-withdrawn": { releases: { [stranger]: { "1.0": "" } } } },
  "a state of a project of another shard": {
    "x-countermark-withdrawn": {},
    "x-countermark-project-status": { [stranger]: { status: "archived", reason: "" } },
  },
  "a version that is none": { "x-countermark-withdrawn": { releases: { flask: { garbage: "" } } } },
  "a version in another spelling": { "x-countermark-withdrawn": { releases: { flask: { "1.0RC1": "" } } } },
  "an unknown state": {
    "x-countermark-withdrawn": {},
    "x-countermark-project-status": { flask: { status: "ok", reason: "" } },
  },
  "a state without reason": {
    "x-countermark-withdrawn": {},
    "x-countermark-project-status": { flask: { status: "archived" } },
  },
};
for (const [what, unknown] of Object.entries(wrong)) {
  test(`a status shard with ${what} is refused, for it might be a withdrawal`, () => {
    const role = makeTargets({ version: 1, expires: 0, unknown: jsonObject(unknown) });
    assert.throws(() => decodeStatus(role, shard), refusal("STATUS"));
  });
}
