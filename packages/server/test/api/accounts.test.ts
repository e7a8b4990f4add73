import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { proveEnrolment } from "@countermark/identity";
import * as wire from "@countermark/repository";
import { ed25519PublicKey } from "@countermark/tuf";
import { issueToken } from "../../src/accounts/issue.ts";
import { DAY } from "../fixtures.ts";
import { testIndex } from "../serving.ts";
import { codeOf, Developer } from "./developer.ts";

/** Under this key, signatures that nobody made would verify. */
const SMALL_ORDER = "01".padEnd(64, "0");

suite("accounts by keys", () => {
  test("enrol, sign in, be told apart from others; each nonce is good once, for one account, for five minutes", async (t) => {
    const index = await testIndex(t);
    const { url } = await index.serve();
    const [ada, eve] = [new Developer(index, url, "ada"), new Developer(index, url, "eve")];
    assert.equal((await ada.enrol()).status, 201);
    assert.equal(codeOf(await ada.enrol()), "ACCOUNT_TAKEN");

    const nonce = await ada.nonce();
    const body = await ada.loginBody(nonce);
    assert.equal((await ada.ask("POST", wire.apiPaths.sessions, body)).status, 201);
    assert.equal(codeOf(await ada.ask("POST", wire.apiPaths.sessions, body)), "SIGN_IN", "replayed");

    const late = await ada.loginBody(await ada.nonce());
    index.clock.now += 5 * 60 * 1000;
    assert.equal(codeOf(await ada.ask("POST", wire.apiPaths.sessions, late)), "SIGN_IN", "too late");

    const others = await ada.loginBody(await eve.nonce());
    assert.equal(codeOf(await ada.ask("POST", wire.apiPaths.sessions, others)), "SIGN_IN", "another account's nonce");

    const elsewhere = await ada.loginBody(await ada.nonce(), "https://evil.example/");
    assert.equal(codeOf(await ada.ask("POST", wire.apiPaths.sessions, elsewhere)), "SIGN_IN", "signed for a relay");

    await ada.login();
    const view = wire.decodeAccountView((await ada.ask("GET", wire.apiPaths.account("ada"))).body);
    assert.deepEqual(
      view.keys.map(({ release }) => release),
      [ada.key.json],
    );
    assert.equal(codeOf(await ada.ask("GET", wire.apiPaths.account("eve"))), "NOTHING_THERE");
    assert.equal((await eve.ask("GET", wire.apiPaths.account("ada"))).status, 200, "public keys need no session");
    assert.equal(codeOf(await eve.ask("GET", wire.apiPaths.tokens)), "SIGN_IN");
    assert.equal((await ada.ask("GET", wire.apiPaths.tokens)).status, 200);
    index.clock.now += 60 * 60 * 1000;
    assert.equal(codeOf(await ada.ask("GET", wire.apiPaths.tokens)), "SIGN_IN", "the session has ended");
  });

  test("keys that nobody proves, weak ones and others' are not enrolled", async (t) => {
    const index = await testIndex(t);
    const { url } = await index.serve();
    const [ada, eve] = [new Developer(index, url, "ada"), new Developer(index, url, "eve")];
    await ada.enrol();
    const send = async (change: object) => {
      const nonce = await eve.nonce();
      const proofs = await proveEnrolment(eve.identity, eve.context(nonce));
      const request = { account: "eve", generation: 1, nonce, ...proofs, ...change };
      return codeOf(await eve.ask("POST", wire.apiPaths.accounts, wire.encodeEnrolmentRequest(request)));
    };
    assert.equal(await send({ release: ada.key.json }), "IDENTITY_PROOF");
    assert.equal(await send({ releaseProof: new Uint8Array(64) }), "IDENTITY_PROOF");
    const weak = new Map<string, unknown>([
      ["keytype", "ed25519"],
      ["scheme", "ed25519"],
      ["keyval", new Map([["public", SMALL_ORDER]])],
    ]);
    assert.throws(() => ed25519PublicKey(Buffer.from(SMALL_ORDER, "hex")), { code: "TUF_KEY" });
    assert.equal(await send({ release: weak }), "IDENTITY_KEY");
    assert.equal((await eve.enrol()).status, 201, "control");
  });

  test("another machine is let in by a key that is in, and a key can be retired", async (t) => {
    const index = await testIndex(t);
    const { url } = await index.serve();
    const [phone, laptop, eve] = ["ada", "ada", "ada"].map((name) => new Developer(index, url, name)) as [
      Developer,
      Developer,
      Developer,
    ];
    await phone.enrol();
    const admit = async (by: Developer, newcomer: Developer) => {
      const nonce = await by.nonce();
      const proofs = await proveEnrolment(newcomer.identity, newcomer.context(nonce));
      const named = { release: newcomer.key.identity, login: newcomer.identity.publicKeys.login.identity };
      const { keyId, signature } = await by.identity.signStatement("admit", by.context(nonce), named);
      const body = wire.encodeAdmissionRequest({ nonce, keyId, signature, ...proofs });
      return by.ask("POST", wire.apiPaths.accountKeys("ada"), body);
    };
    assert.equal(codeOf(await admit(eve, eve)), "SIGN_IN", "a stranger lets in nobody");
    assert.equal((await admit(phone, laptop)).status, 201);
    await laptop.login();
    const nonce = await laptop.nonce();
    const key = phone.key.identity;
    const { keyId, signature } = await laptop.identity.signStatement("revoke", laptop.context(nonce), { key });
    const body = wire.encodeRevocationRequest({ nonce, key, keyId, signature });
    assert.equal((await laptop.ask("POST", wire.apiPaths.accountRevocations("ada"), body)).status, 200);
    const refused = await phone.ask("POST", wire.apiPaths.sessions, await phone.loginBody(await phone.nonce()));
    assert.equal(codeOf(refused), "SIGN_IN", "a retired key signs nobody in");
    const log = await index.index.audit.entries({ subject: "ada", limit: 10 });
    assert.deepEqual(
      log.map(({ action }) => action),
      ["account.add", "key.admit", "key.revoke"],
    );
  });

  test("a token for upload tools is no session, and is made and revoked by one", async (t) => {
    const index = await testIndex(t);
    const { url } = await index.serve();
    const ada = new Developer(index, url, "ada");
    await ada.enrol();
    await ada.login();
    const made = await ada.ask(
      "POST",
      wire.apiPaths.tokens,
      wire.encodeTokenRequest({ label: "CI", project: "flask" }),
    );
    const { id, token } = wire.decodeNewToken(made.body);
    index.clock.now += 1000;
    const short = wire.encodeTokenRequest({ label: "mirror", scope: "read", days: 2 });
    const reading = wire.decodeNewToken((await ada.ask("POST", wire.apiPaths.tokens, short)).body);
    const [kept] = await index.index.accounts.tokens("ada");
    assert.deepEqual([kept?.id, kept?.scopes, kept?.expiresAt], [reading.id, ["read"], index.clock.now + 2 * DAY]);
    const long = wire.encodeTokenRequest({ label: "for ever", days: 367 });
    assert.equal((await ada.ask("POST", wire.apiPaths.tokens, long)).status, 400);
    assert.equal(codeOf(await ada.ask("GET", wire.apiPaths.tokens, undefined, token)), "SIGN_IN");
    const listed = wire.decodeTokens((await ada.ask("GET", wire.apiPaths.tokens)).body);
    assert.deepEqual(
      listed.map((each) => [each.id, each.label, each.project, each.scope, (each.expires - each.created) / DAY]),
      [
        [reading.id, "mirror", undefined, "read", 2],
        [id, "CI", "flask", undefined, 366],
      ],
    );
    assert.equal((await ada.ask("DELETE", wire.apiPaths.token(id))).status, 204);
    assert.equal(codeOf(await ada.ask("DELETE", wire.apiPaths.token(id))), "NOTHING_THERE");
    const log = await index.index.audit.entries({ limit: 10 });
    assert.deepEqual(
      log.map(({ actor, action, subject }) => [actor, action, subject]),
      [
        ["ada", "account.add", "ada"],
        ["ada", "token.create", id],
        ["ada", "token.create", reading.id],
        ["ada", "token.revoke", id],
      ],
    );
    assert.doesNotMatch(JSON.stringify(log), new RegExp(token), "never a secret");
  });

  test("of the tokens that one account may have, the expired ones are none", async (t) => {
    const index = await testIndex(t);
    const { url } = await index.serve();
    const ada = new Developer(index, url, "ada");
    await ada.enrol();
    const make = async (): Promise<number> => {
      index.clock.now += 61_000; // requests are limited by the minute
      await ada.login();
      const body = wire.encodeTokenRequest({ label: "CI" });
      return (await ada.ask("POST", wire.apiPaths.tokens, body)).status;
    };
    const request = { account: "ada", label: "", scopes: ["upload"], projects: undefined, days: 1 } as const;
    for (let made = 0; made < 200; made += 1) await issueToken(index.index.accounts, request, index.clock.now);
    assert.equal(await make(), 429);
    index.clock.now += 2 * DAY;
    assert.equal(await make(), 201);
    assert.equal(wire.decodeTokens((await ada.ask("GET", wire.apiPaths.tokens)).body).length, 1);
  });

  test("who asks too often is told so", async (t) => {
    const index = await testIndex(t);
    const { url } = await index.serve();
    const ada = new Developer(index, url, "ada");
    for (let call = 0; call < 60; call += 1) await ada.nonce();
    const body = wire.encodeChallengeRequest({ account: "ada" });
    assert.equal(codeOf(await ada.ask("POST", wire.apiPaths.challenges, body)), "TOO_MANY");
    index.clock.now += 60_000;
    await ada.nonce();
  });

  test("bodies that are none are refused as such", async (t) => {
    const index = await testIndex(t);
    const { url } = await index.serve();
    const ada = new Developer(index, url, "ada");
    assert.equal(codeOf(await ada.ask("POST", wire.apiPaths.challenges, Buffer.from("{"))), "WIRE_FORMAT");
    const long = Buffer.alloc(100_000, " ");
    assert.equal(codeOf(await ada.ask("POST", wire.apiPaths.challenges, long)), "TOO_LARGE");
  });
});
