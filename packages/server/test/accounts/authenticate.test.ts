import assert from "node:assert/strict";
import { test } from "node:test";
import { formatToken, MAX_TOKEN_DAYS } from "@countermark/repository";
import { allows, Authenticator } from "../../src/accounts/authenticate.ts";
import { tokenIn } from "../../src/accounts/credentials.ts";
import { issueInvitation, issueSession, issueToken } from "../../src/accounts/issue.ts";
import { DAY, HOUR, NOW } from "../fixtures.ts";
import { MemoryAccountStore } from "../storage/memory-accounts.ts";

const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

async function withAnn() {
  const store = new MemoryAccountStore();
  await store.addAccount({ name: "ann", at: NOW });
  const clock = { now: NOW };
  const failed: unknown[] = [];
  const authenticator = new Authenticator(
    store,
    () => clock.now,
    (error) => failed.push(error),
  );
  return { store, clock, authenticator, failed };
}

const REQUEST = { account: "ann", label: "", scopes: ["upload"], projects: undefined, days: 1 } as const;

test("a token is taken from Bearer and from Basic, whatever the user name; empty credentials are none", () => {
  const token = formatToken(Buffer.alloc(20, 7));
  for (const header of [`Bearer ${token}`, `bearer  ${token} `, basic(`__token__:${token}`), basic(`:${token}`)]) {
    assert.deepEqual(tokenIn(header), { token }, header);
  }
  for (const header of [undefined, "", basic(":")]) assert.equal(tokenIn(header), "none");
  const wrong = ["Bearer", "Bearer x", `Bearer ${token}a`, `Token ${token}`, basic(token), "Basic !", "x".repeat(9999)];
  for (const header of wrong) assert.equal(tokenIn(header), "malformed", header);
});

test("a token stands for its account until it expires, is revoked, or its account is disabled", async () => {
  const { store, clock, authenticator } = await withAnn();
  const issued = await issueToken(store, REQUEST, NOW);
  assert.ok(issued);
  const asked = async () => {
    const found = await authenticator.authenticate(`Bearer ${issued.secret}`);
    return typeof found === "string" ? found : found.account;
  };
  assert.equal(await asked(), "ann");
  clock.now = NOW + DAY;
  assert.equal(await asked(), "unknown", "expired");
  clock.now = NOW;
  await store.setDisabled("ann", NOW);
  assert.equal(await asked(), "unknown", "disabled");
  await store.setDisabled("ann", undefined);
  assert.equal(await asked(), "ann");
  await store.revokeToken(issued.id, NOW);
  assert.equal(await asked(), "unknown", "revoked");
  assert.equal(await authenticator.authenticate(undefined), "none");
  assert.equal(await authenticator.authenticate(`Bearer ${formatToken(Buffer.alloc(20, 7))}`), "unknown");
});

test("no secret is kept, every token expires, and a disabled account gets none", async () => {
  const { store } = await withAnn();
  const issued = await issueToken(store, REQUEST, NOW);
  const invited = await issueInvitation(store, "for Bob", NOW);
  assert.ok(issued);
  const kept = JSON.stringify([await store.tokens(), await store.invitations()]);
  for (const { secret } of [issued, invited]) assert.ok(!kept.includes(secret.slice(3, 35)));
  await assert.rejects(issueToken(store, { ...REQUEST, days: MAX_TOKEN_DAYS + 1 }, NOW), RangeError);
  await assert.rejects(issueToken(store, { ...REQUEST, days: Infinity }, NOW), RangeError);
  assert.equal(await issueToken(store, { ...REQUEST, account: "bob" }, NOW), undefined);
  const session = await issueSession(store, "ann", NOW);
  assert.ok(session && session.expiresAt <= NOW + HOUR);
});

test("scope and projects of a token hold", async () => {
  const { store, authenticator } = await withAnn();
  const may = async (request: Partial<Parameters<typeof issueToken>[1]>) => {
    const issued = await issueToken(store, { ...REQUEST, ...request }, NOW);
    const found = await authenticator.authenticate(`Bearer ${issued?.secret ?? ""}`);
    assert.ok(typeof found !== "string");
    return [allows(found, "upload", "a"), allows(found, "upload", "b"), allows(found, "read"), allows(found, "upload")];
  };
  assert.deepEqual(await may({}), [true, true, false, true]);
  assert.deepEqual(await may({ projects: ["a"] }), [true, false, false, true]);
  assert.deepEqual(await may({ projects: [] }), [false, false, false, true]);
  assert.deepEqual(await may({ scopes: ["read"] }), [false, false, true, false]);
});

test("the last use is noted once a minute, and a failure to note it harms nobody", async () => {
  const { store, clock, authenticator, failed } = await withAnn();
  const issued = await issueToken(store, REQUEST, NOW);
  const ask = () => authenticator.authenticate(`Bearer ${issued?.secret ?? ""}`);
  const lastUse = async () => (await store.tokens())[0]?.lastUsedAt;
  await ask();
  assert.equal(await lastUse(), NOW);
  clock.now = NOW + 59_000;
  await ask();
  assert.equal(await lastUse(), NOW);
  clock.now = NOW + 60_000;
  await ask();
  assert.equal(await lastUse(), NOW + 60_000);
  store.touchTokens = () => Promise.reject(new Error("disk"));
  clock.now = NOW + HOUR;
  assert.notEqual(typeof (await ask()), "string");
  await new Promise(setImmediate);
  assert.equal(failed.length, 1);
});
