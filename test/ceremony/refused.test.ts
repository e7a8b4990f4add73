/*
 * What a stick may bring to `countermark ceremony sign` and `countermark-server apply`, and what each says of it, with the real
 * commands. Nothing is signed or published by any of it: the honest ceremony at the end, the control, goes through.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  composeProjectRole,
  composeReleaseRole,
  decodeBundle,
  encodeBundle,
  formatSeen,
  MAX_BUNDLE_BYTES,
  PROFILES,
  soleProject,
  type Bundle,
  type ProposedClaim,
} from "@countermark/repository";
import { generateEd25519, signMetadata, type Signer } from "@countermark/tuf";
import { clockShiftedBy, DAY_MS } from "../harness/clock.ts";
import { countermark, countermarkServer } from "../harness/commands.ts";
import { initIndex, type Index } from "../harness/index-server.ts";
import type { Ending } from "../harness/processes.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const [index, foreign] = [await initIndex(sandbox), await initIndex(sandbox, "foreign")];
const at = (name: string): string => join(sandbox.folder, name);
const [BUNDLE, SIGNATURES, OLDER] = [at("bundle"), at("signatures"), at("older")];

const sign = (bundle: string, out: string, keys = index.keys): Promise<Ending> =>
  sandbox.run(countermark, ["ceremony", "sign", bundle, "--keys", keys, "--out", out]);
const apply = (bundle: string, ...signatures: readonly string[]): Promise<Ending> =>
  sandbox.run(countermarkServer, ["apply", "--data", index.data, "--bundle", bundle, ...signatures]);
const propose = (of: Index, out: string): Promise<Ending> =>
  sandbox.run(countermarkServer, ["propose", "--data", of.data, "--out", out]);

function mustDo({ code, output }: Ending): void {
  assert.equal(code, 0, output);
}

function refuses({ code, output }: Ending, error: string, says = /./): void {
  assert.notEqual(code, 0, output);
  assert.match(output, new RegExp(`error\\[${error}\\]: `));
  assert.match(output, says);
}

before(async () => {
  mustDo(await propose(index, OLDER));
  mustDo(await sign(OLDER, at("older-signatures")));
  mustDo(await apply(OLDER, at("older-signatures")));
  mustDo(await propose(index, BUNDLE));
  mustDo(await propose(foreign, at("foreign-bundle")));
  mustDo(await sign(BUNDLE, SIGNATURES));
  const text = readFileSync(BUNDLE, "utf8");
  // A second later: the roles to be signed live a second longer.
  const second = (seconds: string): string => `:${String((Number(seconds) + 1) % 60).padStart(2, "0")}Z"`;
  writeFileSync(
    at("changed"),
    text.replace(/("proposed":"[^"]*):(\d\d)Z"/, (_, head: string, s: string) => head + second(s)),
  );
  writeFileSync(at("truncated"), text.slice(0, -100));
  writeFileSync(at("truncated-signatures"), readFileSync(SIGNATURES, "utf8").slice(0, -100));
  const huge = openSync(at("huge"), "w");
  ftruncateSync(huge, MAX_BUNDLE_BYTES + 1);
  closeSync(huge);
  mkdirSync(at("folder"));
  execFileSync("mkfifo", [at("pipe")]);
  symlinkSync("/dev/zero", at("endless"));
  // One holder of three duties, without the shards' key.
  cpSync(index.keys, at("fewer"), { recursive: true });
  rmSync(join(at("fewer"), "shards.json"));
});

/** A file by its name here, what `sign` says of it as a bundle, and what `apply` does. */
const BUNDLES: readonly (readonly [what: string, file: string, sign: string, apply: string])[] = [
  ["changed after the proposal", "changed", "", "CEREMONY_BUNDLE"],
  ["another index's", "foreign-bundle", "CEREMONY", "CEREMONY_BUNDLE"],
  ["older than the last ceremony", "older", "CEREMONY", "CEREMONY_REFUSED"],
  ["truncated", "truncated", "CEREMONY", "CEREMONY"],
  ["huge", "huge", "CEREMONY_FILE", "CEREMONY"],
  ["a folder", "folder", "CEREMONY_FILE", "CEREMONY"],
  ["a pipe that nobody writes to", "pipe", "CEREMONY_FILE", "CEREMONY"],
  ["a link to what never ends", "endless", "CEREMONY_FILE", "CEREMONY"],
  ["not there", "nowhere", "CEREMONY_FILE", "NO_SUCH_PATH"],
];

for (const [what, file, whenSigned, whenApplied] of BUNDLES) {
  test(`a bundle that is ${what}`, async () => {
    // A changed bundle can be signed: it is what its holder was shown. It does not go with signatures of another.
    if (whenSigned !== "") refuses(await sign(at(file), at("never")), whenSigned);
    refuses(await apply(at(file), file === "older" ? at("older-signatures") : SIGNATURES), whenApplied);
  });
}

/** The bundle as an index that was broken into would write it. */
function forge(name: string, change: Partial<Bundle>): string {
  writeFileSync(at(name), encodeBundle({ ...decodeBundle(readFileSync(BUNDLE)), ...change }));
  return at(name);
}

/** Looks at a bundle without signing. */
const look = (bundle: string, days = 0): Promise<Ending> =>
  sandbox.run(countermark, ["ceremony", "sign", bundle, "--keys", index.keys], {
    settings: days === 0 ? {} : clockShiftedBy(days * DAY_MS),
  });

const PROJECT = "alphapkg";
const [owner, stranger] = [generateEd25519().signer, generateEd25519().signer];

/** A claim whose `p.` has this version, and whose list somebody has signed. */
async function claimOf(version: number, releaser: Signer): Promise<ProposedClaim> {
  const term = { version, expires: Math.floor(Date.now() / 1000) * 1000 + PROFILES.default.developer };
  const p = await signMetadata(composeProjectRole(soleProject(PROJECT, owner.publicKey), term), [owner]);
  const r = await signMetadata(composeReleaseRole(PROJECT, new Map(), { ...term, version: 1 }), [releaser]);
  return { project: PROJECT, standing: "recently-claimed", p: [p], r };
}

test("a bundle from another time, by this machine's clock", async () => {
  for (const days of [-2, 31]) refuses(await look(BUNDLE, days), "CEREMONY_BUNDLE_AGE");
  mustDo(await look(BUNDLE, 29));
});

test("a claim whose list its releasers have not signed, and one whose chain begins later", async () => {
  refuses(await look(forge("unsigned", { claims: [await claimOf(1, stranger)] })), "CEREMONY_CLAIM");
  refuses(
    await look(forge("late", { claims: [await claimOf(2, owner)] })),
    "CEREMONY_CLAIM",
    /begins later than p\. 1/,
  );
  const honest = await look(forge("claimed", { claims: [await claimOf(1, owner)] }));
  mustDo(honest);
  assert.match(honest.stderr, /^not yet: 1\n {2}alphapkg: /m);
});

test("another past, in which a new claim is old", async () => {
  const role = { version: 1, sha256: "ab".repeat(32) };
  const seen = { standing: "recently-claimed", since: 1, seenAt: 0, hadFiles: false, owners: "cd".repeat(32) } as const;
  const previous = [formatSeen({ project: PROJECT, ...seen, p: role, r: role })];
  refuses(await look(forge("dreamt", { previous, claims: [await claimOf(1, owner)] })), "CEREMONY_STATE");
});

test("signatures that are truncated, huge, a pipe, or of something else", async () => {
  refuses(await apply(BUNDLE, at("truncated-signatures")), "CEREMONY");
  refuses(await apply(BUNDLE, at("huge")), "CEREMONY");
  refuses(await apply(BUNDLE, at("pipe")), "CEREMONY");
  refuses(await apply(BUNDLE, BUNDLE), "CEREMONY");
  refuses(await apply(BUNDLE, at("older-signatures")), "CEREMONY_BUNDLE");
});

test("the keys of another index, a record that is missing, and too few keys, given twice", async () => {
  refuses(await sign(BUNDLE, at("never"), foreign.keys), "CEREMONY");
  cpSync(index.keys, at("exchanged"), { recursive: true });
  for (const duty of ["root", "targets", "shards"])
    cpSync(join(foreign.keys, `${duty}.json`), join(at("exchanged"), `${duty}.json`));
  mustDo(await sign(BUNDLE, at("strangers"), at("exchanged")));
  refuses(await apply(BUNDLE, at("strangers")), "CEREMONY_SIGNATURES");
  mustDo(await sign(BUNDLE, at("few"), at("fewer")));
  refuses(await apply(BUNDLE, at("few"), at("few")), "CEREMONY_SIGNATURES", /0 of the 1/);
  rmSync(join(at("fewer"), "ceremony.json"));
  refuses(await sign(BUNDLE, at("never"), at("fewer")), "CEREMONY_KEYS");
});

test("what is there is not written over", async () => {
  writeFileSync(at("precious"), "precious");
  refuses(await sign(BUNDLE, at("precious")), "CEREMONY_FILE", /is there already/);
  assert.equal(readFileSync(at("precious"), "utf8"), "precious");
  assert.notEqual((await propose(index, at("precious"))).code, 0);
  assert.equal(readFileSync(at("precious"), "utf8"), "precious");
});

test("the control: after all of that the honest bundle and signatures make the ceremony", async () => {
  mustDo(await apply(BUNDLE, SIGNATURES));
});
