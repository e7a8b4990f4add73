import assert from "node:assert/strict";
import { test } from "node:test";
import {
  KEEP_EXPIRED_TOKENS_MS,
  type AccountStore,
  type NewAccountKeys,
  type NewToken,
} from "../../src/accounts/account-store.ts";
import { DAY, HOUR, NOW } from "../fixtures.ts";

/** One driver under test. `close` is called at the end of each case. */
export interface AccountStoreDriver {
  readonly name: string;
  /** A new, empty store, beside an index that has files of the project `imported` and of nothing else. */
  open(): Promise<{ readonly store: AccountStore; readonly close: () => Promise<void> }>;
}

const KEYS: NewAccountKeys = {
  generation: 1,
  kind: "derived",
  label: "laptop",
  releaseKey: '{"a":1}',
  loginKey: '{"b":2}',
  releaseId: "r1",
  loginId: "l1",
};

const token = (id: string, more: Partial<NewToken> = {}): NewToken => ({
  id,
  hash: `hash of ${id}`,
  account: "ann",
  kind: "token",
  label: "ci",
  scopes: ["upload"],
  projects: undefined,
  createdAt: NOW,
  expiresAt: NOW + DAY,
  ...more,
});

/** The contract of {@link AccountStore}, case by case. Every driver passes all of them. */
export function accountStoreCases(driver: AccountStoreDriver): void {
  const withStore = (what: string, body: (store: AccountStore) => Promise<void>): void => {
    test(`${driver.name}: ${what}`, async () => {
      const { store, close } = await driver.open();
      try {
        await store.addAccount({ name: "ann", at: NOW });
        await body(store);
      } finally {
        await close();
      }
    });
  };

  withStore("an account name is given once", async (store) => {
    assert.equal(await store.addAccount({ name: "bob", at: NOW + 1 }), "added");
    assert.equal(await store.addAccount({ name: "bob", at: NOW + 2 }), "taken");
    assert.equal(await store.addAccount({ name: "operator", at: NOW }), "taken", "logs mean another by it");
    assert.deepEqual(await store.account("bob"), { name: "bob", createdAt: NOW + 1, disabledAt: undefined });
    assert.equal(await store.account("carl"), undefined);
    assert.deepEqual(
      (await store.accounts()).map(({ name }) => name),
      ["ann", "bob"],
    );
  });

  withStore("keys come with the account or later, and serve one account only, in one place only", async (store) => {
    assert.equal(await store.addAccount({ name: "bob", at: NOW, keys: KEYS }), "added");
    assert.equal(await store.addAccount({ name: "carl", at: NOW, keys: { ...KEYS, loginId: "l2" } }), "key-taken");
    assert.equal(await store.account("carl"), undefined);
    assert.equal(await store.addKeys("ann", { ...KEYS, releaseId: "l1", loginId: "x" }, NOW), "key-taken");
    assert.equal(await store.addKeys("nobody", { ...KEYS, releaseId: "r3", loginId: "l3" }, NOW), "no-account");
    assert.equal(await store.addKeys("bob", { ...KEYS, releaseId: "r3", loginId: "l3" }, NOW + 5), "added");
    const [first, second] = await store.keysOf("bob");
    assert.ok(first && second);
    assert.deepEqual(first, { ...KEYS, id: first.id, account: "bob", enrolledAt: NOW, retiredAt: undefined });
    assert.deepEqual([second.releaseId, second.enrolledAt], ["r3", NOW + 5]);
    assert.deepEqual(await store.keysOf("ann"), []);
  });

  withStore("keys are retired once, by their own account, and stay taken", async (store) => {
    await store.addKeys("ann", KEYS, NOW);
    const [keys] = await store.keysOf("ann");
    assert.ok(keys);
    assert.equal(await store.retireKeys("bob", keys.id, NOW + 1), false);
    assert.equal(await store.retireKeys("ann", keys.id, NOW + 1), true);
    assert.equal(await store.retireKeys("ann", keys.id, NOW + 2), false);
    assert.equal((await store.keysOf("ann"))[0]?.retiredAt, NOW + 1);
    assert.equal(await store.addKeys("ann", KEYS, NOW + 3), "key-taken");
  });

  withStore("a token is found by its hash as long as it lives", async (store) => {
    assert.equal(await store.addToken(token("t1", { scopes: ["upload", "read"], projects: ["b", "a", "a"] })), "added");
    const { hash, ...expected } = token("t1", { scopes: ["upload", "read"], projects: ["a", "b"] });
    const found = await store.liveToken(hash, NOW);
    assert.deepEqual(found, { ...expected, lastUsedAt: undefined, revokedAt: undefined });
    assert.equal(await store.liveToken("t1", NOW), undefined);
    assert.ok(await store.liveToken(hash, NOW + DAY - 1));
    assert.equal(await store.liveToken(hash, NOW + DAY), undefined, "expired");
    assert.equal(await store.revokeToken("t1", NOW + HOUR), true);
    assert.equal(await store.revokeToken("t1", NOW + HOUR), false);
    assert.equal(await store.liveToken(hash, NOW), undefined, "revoked");
    assert.equal((await store.tokens("ann"))[0]?.revokedAt, NOW + HOUR);
  });

  withStore("a token without projects is for none, one without a list is for all", async (store) => {
    await store.addToken(token("none", { projects: [] }));
    await store.addToken(token("all"));
    assert.deepEqual((await store.liveToken("hash of none", NOW))?.projects, []);
    assert.equal((await store.liveToken("hash of all", NOW))?.projects, undefined);
  });

  withStore("a disabled account has no living token, gets none, and no keys", async (store) => {
    await store.addToken(token("t1"));
    assert.equal(await store.setDisabled("ann", NOW + 1), true);
    assert.equal(await store.setDisabled("nobody", NOW + 1), false);
    assert.equal((await store.account("ann"))?.disabledAt, NOW + 1);
    assert.equal(await store.liveToken("hash of t1", NOW), undefined);
    assert.equal(await store.addToken(token("t2")), "no-account");
    assert.equal(await store.addToken(token("t3", { account: "nobody" })), "no-account");
    assert.equal(await store.addKeys("ann", KEYS, NOW), "no-account");
    assert.equal(await store.joinOrFound("new", "ann", NOW), undefined);
    await store.setDisabled("ann", undefined);
    assert.ok(await store.liveToken("hash of t1", NOW));
  });

  withStore("tokens are listed without sessions, newest first, and swept when long past", async (store) => {
    await store.addAccount({ name: "bob", at: NOW });
    await store.addToken(token("old", { projects: ["flask"] }));
    await store.addToken(token("new", { createdAt: NOW + 1, account: "bob" }));
    await store.addToken(token("session", { kind: "session" }));
    const ids = async (account?: string) => (await store.tokens(account)).map(({ id }) => id);
    assert.deepEqual(await ids(), ["new", "old"]);
    assert.deepEqual(await ids("bob"), ["new"]);
    assert.equal((await store.liveToken("hash of session", NOW))?.kind, "session");
    assert.equal(await store.sweepTokens(NOW + DAY), 0);
    assert.equal(await store.sweepTokens(NOW + DAY + 1), 1);
    assert.deepEqual(await ids(), ["new", "old"]);
    assert.equal(await store.sweepTokens(NOW + DAY + KEEP_EXPIRED_TOKENS_MS + 1), 2);
  });

  withStore("the last use of a token never goes back", async (store) => {
    await store.addToken(token("t1"));
    await store.touchTokens(
      new Map([
        ["t1", NOW + 5],
        ["gone", NOW],
      ]),
    );
    await store.touchTokens(new Map([["t1", NOW + 3]]));
    assert.equal((await store.tokens("ann"))[0]?.lastUsedAt, NOW + 5);
  });

  withStore("who comes first to a new project owns it; files or members make it somebody else's", async (store) => {
    await store.addAccount({ name: "bob", at: NOW });
    assert.deepEqual(await store.joinOrFound("new", "ann", NOW), { role: "owner", founded: true });
    assert.deepEqual(await store.joinOrFound("new", "ann", NOW + 1), { role: "owner", founded: false });
    assert.equal(await store.joinOrFound("new", "bob", NOW + 1), undefined);
    assert.equal(await store.joinOrFound("imported", "ann", NOW), undefined);
    assert.equal(await store.joinOrFound("other", "nobody", NOW), undefined);
    assert.deepEqual(await store.members("new"), [{ project: "new", account: "ann", role: "owner", since: NOW }]);
    const both = await Promise.all([store.joinOrFound("race", "ann", NOW), store.joinOrFound("race", "bob", NOW)]);
    assert.equal(both.filter((outcome) => outcome !== undefined && "founded" in outcome).length, 1);
  });

  withStore("members come, change and go, but one owner stays", async (store) => {
    await store.addAccount({ name: "bob", at: NOW });
    const member = (account: string, role: "owner" | "maintainer", since = NOW) =>
      store.setMember({ project: "imported", account, role, since });
    assert.equal(await member("ann", "owner"), "set");
    assert.equal(await member("bob", "maintainer"), "set");
    assert.equal(await member("nobody", "owner"), "no-account");
    assert.equal(await member("ann", "maintainer"), "last-owner");
    assert.equal(await store.removeMember("imported", "ann"), "last-owner");
    assert.equal(await member("bob", "owner", NOW + 9), "set");
    assert.equal(await store.role("imported", "bob"), "owner");
    assert.equal((await store.memberships("bob"))[0]?.since, NOW, "a change of role is no new membership");
    assert.equal(await store.removeMember("imported", "ann"), "removed");
    assert.equal(await store.removeMember("imported", "ann"), "no-member");
    assert.deepEqual(await store.memberships("ann"), []);
    assert.deepEqual(
      (await store.members("imported")).map(({ account }) => account),
      ["bob"],
    );
  });

  withStore("an invitation makes one account, in time", async (store) => {
    const about = { note: "for Bob", createdAt: NOW, expiresAt: NOW + DAY };
    await store.addInvitation({ id: "i1", hash: "h1", ...about });
    await store.addInvitation({ id: "i2", hash: "h2", ...about, createdAt: NOW + 1 });
    assert.equal(await store.addAccount({ name: "bob", at: NOW, invitation: "wrong" }), "not-invited");
    assert.equal(await store.addAccount({ name: "bob", at: NOW + DAY, invitation: "h1" }), "not-invited");
    assert.equal(await store.addAccount({ name: "ann", at: NOW, invitation: "h1" }), "taken");
    assert.equal(await store.addAccount({ name: "bob", at: NOW, invitation: "h1" }), "added");
    assert.equal(await store.addAccount({ name: "carl", at: NOW, invitation: "h1" }), "not-invited");
    assert.equal(await store.account("carl"), undefined);
    const unused = { usedAt: undefined, account: undefined };
    assert.deepEqual(await store.invitations(), [
      { id: "i2", ...about, createdAt: NOW + 1, ...unused },
      { id: "i1", ...about, usedAt: NOW, account: "bob" },
    ]);
  });
}
