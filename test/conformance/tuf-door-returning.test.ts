/*
 * A client that comes back to a repository in which nothing changed goes by what it verified before, which it keeps in its
 * metadata folder. Whoever can write there as this user can replace the root; nobody else may gain anything by that file.
 */
import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { forge, serveRepository, SimulatedTufRepository } from "@countermark/testkit";
import { DAY, DoorClient, NOW } from "./tuf-door/door.ts";

/** Enough delegations that the role which has them is not read again. */
const DELEGATIONS = 300;

type Opened = Awaited<ReturnType<typeof open>>;

async function open(context: TestContext) {
  const repository = await SimulatedTufRepository.create(NOW);
  repository.delegate("targets", { name: "bins", paths: ["*/*"] });
  for (let n = 0; n < DELEGATIONS; n += 1)
    repository.delegate("bins", { name: `bin.${n}`, paths: [`${n}/*`], terminating: true });
  repository.list("17/file", "good", { role: "bin.17" });
  await repository.publish({ meta: withoutHashes });
  const served = await serveRepository(repository);
  context.after(() => served[Symbol.asyncDispose]());
  const client = await DoorClient.trusting(context, repository.file("1.root.json"));
  const verdicts = join(client.metadataDir, ".verified");
  const come = async (...targets: readonly string[]) => {
    const { code, err } = await client.download(served, ...targets);
    assert.equal(code, 0, err);
  };
  return { repository, served, client, verdicts, come };
}

/** Snapshots that list versions alone leave all to signatures. */
function withoutHashes<T extends { readonly hashes?: unknown; readonly length?: unknown }>(
  meta: Map<string, T>,
): Map<string, T> {
  return new Map([...meta].map(([name, { hashes: _, length: __, ...rest }]) => [name, rest as unknown as T]));
}

test("nothing is written, fetched or verified twice while nothing changes; expiry is judged each time", async (context) => {
  const { repository, served, client, verdicts, come } = await open(context);
  await come("17/file");
  const kept = readFileSync(verdicts, "utf8");
  assert.match(kept, /"role":"bin.17"/);
  assert.match(kept, /"role":"bins".*"list":"roles"/);
  const { ino } = statSync(verdicts);
  served.requests.length = 0;
  await come("17/file");
  assert.deepEqual(
    served.requests.map((each) => each.replace(/^.*\//, "")),
    ["2.root.json", "timestamp.json"],
  );
  assert.equal(statSync(verdicts).ino, ino, "the file was written again");
  const { code, err } = await client.download(served, "400/file");
  assert.deepEqual([code, err.includes("no role that is trusted with it lists it")], [1, true]);
  // What is remembered says nothing about time.
  repository.change("bin.17", { expires: NOW + DAY / 2 });
  await repository.publish({ meta: withoutHashes });
  await come("17/file");
  client.now = NOW + DAY / 2;
  const late = await client.download(served, "17/file");
  assert.deepEqual([late.code, late.err.includes("error[TUF_EXPIRED]")], [1, true], late.err);
});

test("a newer snapshot is measured against the one that was not read again", async (context) => {
  const { repository, served, client, come } = await open(context);
  await come("17/file");
  await come("17/file");
  const trusted = client.trusted("snapshot");
  await repository.publish({
    meta: (meta) => withoutHashes(new Map([...meta].filter(([name]) => name !== "bin.299"))),
  });
  const { code, err } = await client.refresh(served);
  assert.deepEqual([code, err.includes("no longer lists bin.299")], [1, true], err);
  assert.deepEqual(client.trusted("snapshot"), trusted);
});

/** A forged file in the place of a right one, and verdicts that vouch for it. */
async function plant({ client, verdicts, come }: Opened) {
  rmSync(verdicts, { recursive: true, force: true });
  await come("17/file");
  const right = client.trusted("bin.17") ?? assert.fail();
  const [stranger] = (await SimulatedTufRepository.create(NOW)).signersOf("root");
  const forged = await forge(right, [stranger ?? assert.fail()], { targets: {} });
  writeFileSync(join(client.metadataDir, "bin.17.json"), forged);
  reseal(verdicts, (body) => body.replace(sha256(right), sha256(forged)));
  return { right, forged };
}

/** Changes the verdicts as their own writer would. */
function reseal(path: string, change: (body: string) => string): void {
  const [head = "", , body = ""] = readFileSync(path, "utf8").split("\n");
  const next = change(body);
  writeFileSync(path, `${head}\n${sha256(Buffer.from(next))}\n${next}`);
}

function edit(path: string, change: (text: string) => string): void {
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const SPOILED: Readonly<Record<string, (path: string) => void>> = {
  "may be written by others of the group": (path) => {
    chmodSync(path, 0o664);
  },
  "may be written by anybody": (path) => {
    chmodSync(path, 0o646);
  },
  "is a link": (path) => {
    renameSync(path, `${path}.elsewhere`);
    symlinkSync(`${path}.elsewhere`, path);
  },
  "has a second name": (path) => {
    linkSync(path, `${path}.second`);
  },
  "is torn": (path) => {
    edit(path, (text) => text.slice(0, -1));
  },
  "has one letter changed": (path) => {
    edit(path, (text) => text.replace("bins", "bims"));
  },
  "is of another release": (path) => {
    edit(path, (text) => text.replace(/^countermark \S+/, "countermark 0.0.0"));
  },
  "is for another delegating file": (path) => {
    reseal(path, (body) => body.replace(/"delegator":"../g, '"delegator":"zz'));
  },
  "is for another role": (path) => {
    reseal(path, (body) => body.replace('"role":"bin.17"', '"role":"bin.18"'));
  },
  "is no list": (path) => {
    reseal(path, () => '{"role":"bin.17"}');
  },
  "is a list of something else": (path) => {
    reseal(path, () => '[null,1,{"role":5},"x",{"role":"bin.17"}]');
  },
  "is empty": (path) => {
    edit(path, () => "");
  },
  "is enormous": (path) => {
    writeFileSync(path, Buffer.alloc(5_000_000, readFileSync(path)));
  },
  "is a folder": (path) => {
    rmSync(path);
    mkdirSync(path);
  },
  // Only the superuser can give a file away.
  ...(process.getuid?.() === 0 && {
    "is another user's": (path: string) => {
      chownSync(path, 54_321, 54_321);
    },
  }),
};

test("verdicts vouch for a forged file only where they are this user's own, whole, and of this very edge", async (context) => {
  const opened = await open(context);
  const { client, served, verdicts } = opened;
  // The control: whoever writes as this user is believed, as with a replaced root.
  const { forged } = await plant(opened);
  const { code, err } = await client.download(served, "17/file");
  assert.deepEqual([code, err.includes("no role that is trusted with it lists it")], [1, true], err);
  assert.deepEqual(Buffer.from(client.trusted("bin.17") ?? []), Buffer.from(forged));
  rmSync(join(client.metadataDir, "bin.17.json"));
  for (const [what, spoil] of Object.entries(SPOILED)) {
    const { right } = await plant(opened);
    spoil(verdicts);
    await opened.come("17/file");
    assert.deepEqual(Buffer.from(client.trusted("bin.17") ?? []), Buffer.from(right), `believed though it ${what}`);
  }
});

test("a timestamp that only a verdict vouches for binds where the verdict is of the very root that is trusted", async (context) => {
  const { client, served, verdicts, come } = await open(context);
  await come("17/file");
  const right = client.trusted("timestamp") ?? assert.fail();
  const [stranger] = (await SimulatedTufRepository.create(NOW)).signersOf("root");
  const forged = await forge(right, [stranger ?? assert.fail()], { version: 9 });
  writeFileSync(join(client.metadataDir, "timestamp.json"), forged);
  reseal(verdicts, (body) => body.replace(sha256(right), sha256(forged)));
  // The control: believed, so that the real one has fallen behind it.
  const { code, err } = await client.refresh(served);
  assert.deepEqual([code, err.includes("error[TUF_VERSION]")], [1, true], err);
  reseal(verdicts, (body) => body.replace(/"role":"timestamp","delegator":"../, '"role":"timestamp","delegator":"zz'));
  await come("17/file");
  assert.deepEqual(client.trusted("timestamp"), right);
});
