import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { formatToken, isToken, TOKEN_SECRET_BYTES, tokenHash } from "../../src/wire/token.ts";

test("a token has its prefix, its secret and a checksum", () => {
  const token = formatToken(Buffer.from("0123456789abcdefghij"));
  assert.equal(token.slice(0, 35), "cm_gaytemzugu3doobzmfrggzdfmztwq2lk", "RFC 4648 base32 of the secret");
  assert.match(token, /^cm_[a-z2-7]{38}$/);
  assert.ok(isToken(token));
  assert.equal(tokenHash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert.throws(() => formatToken(new Uint8Array(16)), RangeError);
});

test("a token that was cut, mistyped or padded is told before it is sent anywhere", () => {
  const token = formatToken(randomBytes(TOKEN_SECRET_BYTES));
  for (const other of [token.slice(0, -1), `${token}a`, ` ${token}`, token.toUpperCase(), token.slice(3), ""]) {
    assert.equal(isToken(other), false, other);
  }
  for (let at = 3; at < token.length; at += 1) {
    const mistyped = token.slice(0, at) + (token[at] === "a" ? "b" : "a") + token.slice(at + 1);
    assert.equal(isToken(mistyped), false, mistyped);
  }
});
