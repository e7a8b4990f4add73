/*
 * Old metadata in place of new, and the way back from versions that a thief pushed ahead: through `countermark tuf`.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { generateEd25519 } from "@countermark/tuf";
import { forge, serveRepository, SimulatedTufRepository } from "@countermark/testkit";
import { DAY, DoorClient, NOW } from "./tuf-door/door.ts";
import { hostile } from "./tuf-door/hostile.ts";

/** Files of a repository as they were, to be shown again. */
const past = new WeakMap<SimulatedTufRepository, ReadonlyMap<string, Uint8Array>>();

function remember(repository: SimulatedTufRepository): void {
  past.set(repository, new Map(repository.files));
}

function showAgain(repository: SimulatedTufRepository, ...names: readonly string[]): void {
  for (const name of names) repository.files.set(name, past.get(repository)?.get(name) ?? assert.fail(name));
}

hostile("CVE-2022-29173 (go-tuf), TUF 5.4.3.1: a timestamp of an older version is refused, and the newer one stays", {
  setting: remember,
  change: () => undefined,
  flaw: (repository) => {
    showAgain(repository, "timestamp.json");
  },
  reason: /TUF_VERSION.*timestamp has version 1, below the trusted 2/,
  trusted: { root: 1, snapshot: 2, targets: 1, timestamp: 2 },
});

hostile("CVE-2025-2888 (tough), TUF 5.4.3.2: a newer timestamp that lists an older snapshot is refused and not kept", {
  setting: () => undefined,
  change: () => undefined,
  flaw: async (repository) => {
    await repository.publishTimestamp({ version: 1, unknown: new Map() });
  },
  reason: /TUF_VERSION.*timestamp lists snapshot version 1, below the trusted 2/,
  trusted: { root: 1, snapshot: 2, targets: 1, timestamp: 2 },
});

hostile("TUF 5.5.5: a role that falls back in snapshot is refused", {
  setting: (repository) => {
    repository.list("file", "good");
  },
  change: (repository) => {
    repository.list("more", "good");
  },
  flaw: async (repository) => {
    await repository.publish({ meta: (meta) => meta.set("targets", { version: 1, unknown: new Map() }) });
  },
  reason: /TUF_VERSION.*snapshot lists targets version 1, below the trusted 2/,
  trusted: { root: 1, snapshot: 2, targets: 2, timestamp: 4 },
});

hostile("CVE-2025-2887 (tough), TUF 5.5.5: a delegated role that falls back in snapshot is refused", {
  setting: async (repository) => {
    repository.delegate("targets", { name: "role" });
    repository.list("file", "evil", { role: "role" });
    await repository.publish();
    repository.list("file", "good", { role: "role" });
  },
  change: () => undefined,
  targets: ["file"],
  flaw: async (repository) => {
    await repository.publish({ meta: (meta) => meta.set("role", { version: 1, unknown: new Map() }) });
  },
  reason: /TUF_VERSION.*snapshot lists role version 1, below the trusted 2/,
});

hostile("TUF 5.5.5: a delegated role that leaves snapshot is refused", {
  setting: (repository) => {
    repository.delegate("targets", { name: "role" });
  },
  change: () => undefined,
  flaw: async (repository) => {
    await repository.publish({
      meta: (meta) => {
        meta.delete("role");
        return meta;
      },
    });
  },
  reason: /TUF_ROLE.*snapshot no longer lists role/,
});

hostile("TUF 1.5.2, mix and match: targets of another time than snapshot's are refused", {
  setting: (repository) => {
    repository.list("file", "good");
    remember(repository);
  },
  flaw: async (repository) => {
    repository.list("file", "good");
    await repository.publish();
    repository.files.set("3.targets.json", past.get(repository)?.get("1.targets.json") ?? assert.fail());
  },
  reason: /TUF_INTEGRITY.*targets/,
});

for (const role of ["timestamp", "snapshot"] as const) {
  hostile(`TUF 1.5.2, freeze: ${role} at the second of its end is expired`, {
    setting: () => undefined,
    flaw: async (repository) => {
      await repository.publish({ [`${role}Expires`]: NOW });
    },
    reason: new RegExp(`TUF_EXPIRED.*${role} expired`),
    trusted: role === "timestamp" ? { root: 1 } : { root: 1, timestamp: 3 },
  });
}

hostile("TUF 5.6.5, freeze: expired targets are refused", {
  flaw: async (repository) => {
    repository.change("targets", { expires: NOW });
    await repository.publish();
  },
  reason: /TUF_EXPIRED.*targets expired/,
  trusted: { root: 1, snapshot: 2, timestamp: 2 },
});

async function open(context: TestContext) {
  const repository = await SimulatedTufRepository.create(NOW);
  const served = await serveRepository(repository);
  context.after(() => served[Symbol.asyncDispose]());
  const client = await DoorClient.trusting(context, repository.file("1.root.json"));
  const refresh = async (code: number, reason = /^/) => {
    const ending = await client.refresh(served);
    assert.equal(ending.code, code, ending.err);
    assert.match(ending.err, reason);
  };
  return { repository, served, client, refresh };
}

test("CVE-2025-2888 (tough): a refused timestamp is not kept, and a right one of a lower version is accepted after it", async (context) => {
  const { repository, client, refresh } = await open(context);
  await refresh(0);
  const right = repository.file("timestamp.json");
  for (const forgery of [
    { version: 9, expires: "2030-01-01T00:00:00Z" },
    { version: 9, spec_version: "2.0.0" },
  ]) {
    repository.files.set("timestamp.json", await forge(right, repository.signersOf("timestamp"), forgery));
    await refresh(1);
    assert.deepEqual(client.trusted("timestamp"), Buffer.from(right));
  }
  repository.files.set("timestamp.json", await forge(right, [generateEd25519().signer], { version: 9 }));
  await refresh(1, /TUF_SIGNATURE/);
  repository.files.set("timestamp.json", right);
  await repository.publish();
  await refresh(0);
  assert.equal(client.versions()["timestamp"], 2);
});

test("TUF 5.4.3.1: another timestamp of the same version is no news", async (context) => {
  const { repository, served, client, refresh } = await open(context);
  await refresh(0);
  const first = repository.file("timestamp.json");
  await repository.publishTimestamp({ version: 100, unknown: new Map() }, { timestampVersion: 1 });
  served.requests.length = 0;
  await refresh(0);
  assert.deepEqual(served.requests, ["2.root.json", "timestamp.json"]);
  assert.deepEqual(client.trusted("timestamp"), Buffer.from(first));
});

test("TUF 5.3.11: versions pushed far ahead with stolen keys are forgotten when root turns the keys", async (context) => {
  const { repository, client, refresh } = await open(context);
  await repository.publish({ snapshotVersion: 99_999, timestampVersion: 99_999 });
  await refresh(0);
  repository.snapshotVersion = 1;
  repository.timestampVersion = 1;
  await repository.publish();
  await refresh(1, /TUF_VERSION/);
  await repository.turnKeys("timestamp");
  await repository.turnKeys("snapshot");
  await repository.publish();
  await refresh(0);
  assert.deepEqual(client.versions(), { root: 3, snapshot: 3, targets: 1, timestamp: 3 });
});

test("TUF 5.3.11: a key that loses its say counts as turned, also when another that stays could still sign", async (context) => {
  const { repository, refresh, client } = await open(context);
  const [stolen, kept] = [generateEd25519().signer, generateEd25519().signer];
  await repository.turnKeys("timestamp", [stolen, kept]);
  await repository.publish({ timestampVersion: 50_000 });
  await refresh(0);
  await repository.turnKeys("timestamp", [kept]);
  repository.timestampVersion = 2;
  await repository.publish();
  await refresh(0);
  assert.equal(client.versions()["timestamp"], 3);
});

test("a turn of root's own keys forgets no version", async (context) => {
  const { repository, refresh } = await open(context);
  await repository.publish({ timestampVersion: 7 });
  await refresh(0);
  await repository.turnKeys("root");
  await repository.publish({ timestampVersion: 3 });
  await refresh(1, /TUF_VERSION.*below the trusted 7/);
});

test("TUF 5.1: expiry is judged by the system's clock alone, also when it steps back", async (context) => {
  const { client, refresh } = await open(context);
  client.now = NOW + 10 * DAY;
  await refresh(0);
  client.now = NOW + 20 * DAY;
  await refresh(1, /TUF_EXPIRED/);
  client.now = NOW;
  await refresh(0);
});

test("TUF 5.3.3: 1,024 roots are walked in one update, and each of them is kept", async (context) => {
  const { repository, client, refresh } = await open(context);
  for (let at = 0; at < 1025; at += 1) await repository.nextRoot();
  await refresh(1, /more than 1024 new roots/);
  assert.deepEqual(client.versions(), { root: 1025 });
  await refresh(0);
  assert.equal(client.versions()["root"], 1026);
});
