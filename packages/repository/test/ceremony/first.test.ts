import assert from "node:assert/strict";
import { test } from "node:test";
import {
  firstCeremony,
  PROFILES,
  readLayout,
  renewCeremony,
  isOfflineRole,
  type Holders,
  type OfflineHolders,
} from "@countermark/repository";
import { generateEd25519, readRoot, readTargets, TrustedSet, type Signer } from "@countermark/tuf";
import { refusal } from "../refusal.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const signer = (): Signer => generateEd25519().signer;
const holders = (threshold = 1, count = 1): Holders => ({ threshold, signers: Array.from({ length: count }, signer) });
const online = {
  snapshot: signer(),
  timestamp: signer(),
  status: signer(),
  recentlyClaimed: signer(),
  unclaimed: signer(),
};
const ceremony = (offline: OfflineHolders) =>
  firstCeremony({ offline, online, lifetimes: PROFILES.default, shards: 16, now: NOW });

test("a TUF client accepts the whole of a new repository, role by role", async () => {
  const first = await ceremony({ root: holders(2, 3), targets: holders(2, 2), shards: holders() });
  const trusted = TrustedSet.open(first.root.bytes, NOW);
  trusted.updateTimestamp(first.timestamp.bytes);
  trusted.updateSnapshot(first.snapshot.bytes);
  const files = new Map(first.roles.map((file) => [file.name, file]));
  const bytesOf = (name: string): Uint8Array => files.get(name)?.bytes ?? assert.fail(name);
  const queue = [...(trusted.updateTargets(bytesOf("targets")).signed.delegations?.roles.keys() ?? [])].map(
    (name): [string, string] => [name, "targets"],
  );
  let seen = 1;
  for (const [name, delegator] of queue) {
    const role = trusted.updateDelegated(bytesOf(name), name, delegator);
    seen += 1;
    for (const each of role.signed.delegations?.roles.keys() ?? []) queue.push([each, name]);
  }
  assert.equal(seen, files.size);
  assert.equal(seen, 1 + 5 + 5 * 16);
});

test("offline roles expire together after three periods, whatever signs them", async () => {
  const first = await ceremony({ root: holders(), targets: holders(), shards: holders() });
  const offline = first.roles.filter(({ name }) => isOfflineRole(name));
  assert.deepEqual(
    new Set(offline.map(({ expires }) => expires)),
    new Set([NOW + 3 * PROFILES.default.ceremonyPeriod]),
  );
  assert.ok(
    first.roles
      .filter(({ name }) => !isOfflineRole(name))
      .every(({ expires }) => expires === NOW + PROFILES.default.online),
  );
});

test("no online key may sign anything that is offline", async () => {
  const first = await ceremony({ root: holders(), targets: holders(), shards: holders() });
  const mine = new Set(Object.values(online).map(({ publicKey }) => publicKey.keyId));
  const root = readRoot(first.root.bytes).signed;
  for (const role of ["root", "targets"] as const) assert.ok(root.roles.get(role)?.keyIds.every((id) => !mine.has(id)));
  for (const { name, bytes } of first.roles) {
    for (const [delegate, { keyIds }] of readTargets(bytes).signed.delegations?.roles ?? []) {
      if (isOfflineRole(delegate))
        assert.ok(
          keyIds.every((id) => !mine.has(id)),
          `${name} > ${delegate}`,
        );
    }
  }
});

for (const [what, threshold] of Object.entries({ zero: 0, "more than there are keys": 2, "no whole number": 0.5 })) {
  test(`a threshold of ${what} is refused`, async () => {
    await assert.rejects(
      ceremony({ root: holders(threshold), targets: holders(), shards: holders() }),
      refusal("CEREMONY"),
    );
  });
}

test("one key given twice meets no threshold of two", async () => {
  const one = signer();
  const twice = { threshold: 2, signers: [one, one] };
  await assert.rejects(
    ceremony({ root: twice, targets: holders(), shards: holders() }),
    refusal("CEREMONY", /1 distinct/),
  );
});

test("a renewal signs every offline role anew, one version on, with the same content and the next number", async () => {
  const offline = { root: holders(), targets: holders(), shards: holders() };
  const first = await ceremony(offline);
  const current = new Map(
    [first.root, ...first.roles].filter(({ name }) => isOfflineRole(name)).map(({ name, bytes }) => [name, bytes]),
  );
  const later = NOW + PROFILES.default.ceremonyPeriod;
  const renewed = await renewCeremony({ current, offline, lifetimes: PROFILES.default, now: later });
  assert.deepEqual(
    renewed.map(({ name }) => name),
    [...current.keys()],
  );
  assert.ok(renewed.every(({ version }) => version === 2));
  const targets = readTargets(renewed.find(({ name }) => name === "targets")?.bytes ?? assert.fail()).signed;
  assert.equal(readLayout(targets).ceremony, 2);
  assert.equal(targets.expires, later + PROFILES.default.offline);
  const before = readTargets(current.get("claimed") ?? assert.fail()).signed;
  const after = readTargets(renewed.find(({ name }) => name === "claimed")?.bytes ?? assert.fail()).signed;
  assert.deepEqual([...(after.delegations?.roles ?? [])], [...(before.delegations?.roles ?? [])]);
  const trusted = TrustedSet.open(first.root.bytes, later);
  trusted.updateRoot(renewed.find(({ name }) => name === "root")?.bytes ?? assert.fail());
});

test("a renewal does not sign what is not signed offline", async () => {
  const offline = { root: holders(), targets: holders(), shards: holders() };
  const first = await ceremony(offline);
  const current = new Map([first.root, ...first.roles].map(({ name, bytes }) => [name, bytes]));
  await assert.rejects(
    renewCeremony({ current, offline, lifetimes: PROFILES.default, now: NOW }),
    refusal("CEREMONY", /not signed offline/),
  );
});
