import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import {
  ceremonyRoles,
  firstCeremony,
  isOfflineRole,
  PROFILES,
  renewCeremony,
  verifyOffered,
  type OfferedRoles,
} from "@countermark/repository";
import { generateEd25519, makeTargetFile, readTargets, signMetadata, type Signer } from "@countermark/tuf";
import { refusal } from "../refusal.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const signer = (): Signer => generateEd25519().signer;
const alone = () => ({ threshold: 1, signers: [signer()] });
const lifetimes = PROFILES.default;
const online = {
  snapshot: signer(),
  timestamp: signer(),
  status: signer(),
  recentlyClaimed: signer(),
  unclaimed: signer(),
};
const offline = { root: alone(), targets: alone(), shards: alone() };
const first = await firstCeremony({ offline, online, lifetimes, shards: 16, now: NOW });
const files = [first.root, ...first.roles].filter(({ name }) => isOfflineRole(name));
const current = new Map(files.map(({ name, bytes }) => [name, bytes]));
const last = ceremonyRoles(files);
const id = first.root.sha256;
const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** What a holder remembers whose own record is of no help: only the signatures are left. */
const asOffered = ({ current }: OfferedRoles) =>
  new Map([...current].map(([name, bytes]) => [name, { version: 1, sha256: digest(bytes) }]));
const withRole = (name: string, bytes: Uint8Array): OfferedRoles => ({
  roots: [first.root.bytes],
  current: new Map([...current, [name, bytes]]),
});

test("what the last ceremony has signed passes, and so does what a renewal made of it", async () => {
  verifyOffered({ roots: [first.root.bytes], current }, id, last);
  const renewed = await renewCeremony({ current, offline, lifetimes, now: NOW + 1000 });
  const bytes = new Map(renewed.map((file) => [file.name, file.bytes]));
  const roots = [first.root.bytes, bytes.get("root") ?? assert.fail()];
  verifyOffered({ roots, current: bytes }, id, ceremonyRoles(renewed));
});

test("a role that is signed but not as the last ceremony left it is refused", async () => {
  const [renewed] = await renewCeremony({
    current: new Map([...current].filter(([name]) => name === "root" || name === "targets")),
    offline,
    lifetimes,
    now: NOW + 1000,
  });
  const offered = withRole("root", renewed?.bytes ?? assert.fail());
  assert.throws(
    () => {
      verifyOffered(offered, id, last);
    },
    refusal("CEREMONY", /last ceremony/),
  );
});

test("a role that nobody of its delegator's keys has signed is refused, whatever is remembered of it", async () => {
  for (const name of ["targets", "claimed", "unclaimed", "claimed.3", "sealed.a"]) {
    const { signed } = readTargets(current.get(name) ?? assert.fail());
    for (const signers of [[], [online.snapshot]]) {
      const offered = withRole(name, await signMetadata(signed, signers));
      assert.throws(
        () => {
          verifyOffered(offered, id, asOffered(offered));
        },
        refusal("CEREMONY", /signed by 0 of the 1/),
        name,
      );
    }
  }
});

test("a role of another shape is refused, though rightly signed", async () => {
  const { signed } = readTargets(current.get("claimed.3") ?? assert.fail());
  const listing = { ...signed, targets: new Map([["a", makeTargetFile({ length: 1, sha256: id })]]) };
  const offered = withRole("claimed.3", await signMetadata(listing, offline.shards.signers));
  assert.throws(() => {
    verifyOffered(offered, id, asOffered(offered));
  }, refusal("CEREMONY"));
});

test("another first root, and a root that does not follow, are refused", async () => {
  const other = await firstCeremony({
    offline: { ...offline, root: alone() },
    online,
    lifetimes,
    shards: 16,
    now: NOW,
  });
  const swapped: OfferedRoles = { ...withRole("root", other.root.bytes), roots: [other.root.bytes] };
  assert.throws(
    () => {
      verifyOffered(swapped, id, asOffered(swapped));
    },
    refusal("CEREMONY", /first root/),
  );
  const following: OfferedRoles = { ...swapped, roots: [first.root.bytes, other.root.bytes] };
  assert.throws(
    () => {
      verifyOffered(following, id, asOffered(following));
    },
    refusal("CEREMONY", /root/),
  );
  const hidden: OfferedRoles = { current, roots: [] };
  assert.throws(
    () => {
      verifyOffered(hidden, id, last);
    },
    refusal("CEREMONY", /first root/),
  );
});

test("no role may be missing, and none may be added", () => {
  const less = new Map([...current].filter(([name]) => name !== "sealed.a"));
  assert.throws(
    () => {
      verifyOffered({ roots: [first.root.bytes], current: less }, id, last);
    },
    refusal("CEREMONY", /sealed\.a is missing/),
  );
  const more = withRole("s.a", current.get("sealed.a") ?? assert.fail());
  assert.throws(
    () => {
      verifyOffered(more, id, last);
    },
    refusal("CEREMONY", /not there/),
  );
  assert.throws(
    () => {
      verifyOffered(more, id, asOffered(more));
    },
    refusal("CEREMONY", /delegated to by nobody/),
  );
});
