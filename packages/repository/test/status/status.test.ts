import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeStatus, NO_WITHDRAWALS, statusContent, type StatusShard } from "@countermark/repository";
import { jsonObject, makeTargets, readTargets, signMetadata, generateEd25519, type PlainJson } from "@countermark/tuf";
import { refusal } from "../refusal.ts";

const digest = "ef".repeat(32);
const full: StatusShard = {
  projects: new Map([["evil", "malware"]]),
  releases: new Map([["flask", new Map([["3.0.0", "stolen token"]])]]),
  files: new Map([[digest, ""]]),
  keys: new Map([[digest, "lost laptop"]]),
  states: new Map([["old", { status: "archived", reason: "see new" }]]),
};

for (const [what, shard] of Object.entries({ everything: full, nothing: NO_WITHDRAWALS })) {
  test(`a status shard that takes ${what} away survives signing and reading`, async () => {
    const role = makeTargets({ version: 1, expires: Date.parse("2030-01-01T00:00:00Z"), ...statusContent(shard) });
    const bytes = await signMetadata(role, [generateEd25519().signer]);
    assert.deepEqual(decodeStatus(readTargets(bytes).signed, "status.0"), shard);
  });
}

const wrong: Record<string, Record<string, PlainJson>> = {
  "no withdrawals at all": {},
  "withdrawals that are a list": { "x-countermark-withdrawn": [] },
  "an unknown kind of withdrawal": { "x-countermark-withdrawn": { people: {} } },
  "a reason that is no text": { "x-countermark-withdrawn": { projects: { evil: 1 } } },
  "a project that is not normalised": { "x-countermark-withdrawn": { projects: { Evil: "" } } },
  "a file that is no digest": { "x-countermark-withdrawn": { files: { evil: "" } } },
  "a release without versions": { "x-countermark-withdrawn": { releases: { flask: "3.0.0" } } },
  "an unknown state": {
    "x-countermark-withdrawn": {},
    "x-countermark-project-status": { a: { status: "ok", reason: "" } },
  },
  "a state without reason": {
    "x-countermark-withdrawn": {},
    "x-countermark-project-status": { a: { status: "archived" } },
  },
};
for (const [what, unknown] of Object.entries(wrong)) {
  test(`a status shard with ${what} is refused, for it might be a withdrawal`, () => {
    const role = makeTargets({ version: 1, expires: 0, unknown: jsonObject(unknown) });
    assert.throws(() => decodeStatus(role, "status.0"), refusal("STATUS"));
  });
}
