import assert from "node:assert/strict";
import { test } from "node:test";
import { bcryptPbkdf } from "../../src/keyfile/bcrypt-pbkdf.ts";
import { fractionOfPi } from "../../src/keyfile/pi.ts";
import { utf8 } from "../support/identities.ts";

test("the digits of pi are Blowfish's: the first subkeys and the last word of the last box", () => {
  const hex = fractionOfPi(1042 * 32).toString(16);
  assert.ok(hex.startsWith("243f6a8885a308d313198a2e03707344a4093822299f31d0"));
  assert.ok(hex.endsWith("3ac372e6"));
  assert.equal(hex.length, 1042 * 8);
});

test("OpenBSD's test vectors (regress/lib/libutil/bcrypt_pbkdf)", () => {
  const vectors: [string, string, number, string][] = [
    ["password", "salt", 4, "5bbf0cc293587f1c3635555c27796598d47e579071bf427e9d8fbe842aba34d9"],
    ["password", "\0", 4, "c12b566235eee04c212598970a579a67"],
    ["\0", "salt", 4, "6051be18c2f4f82cbf0efee5471b4bb9"],
    ["password\0", "salt\0", 4, "7410e44cf4fa07bfaac8a928b1727fac001375e7bf7384370f48efd121743050"],
    ["pass\0wor", "sa\0l", 4, "c2bffd9db38f6569efef4372f4de83c0"],
    ["pass\0word", "sa\0lt", 4, "4ba4ac3925c0e8d7f0cdb6bb1684a56f"],
    [
      "password",
      "salt",
      8,
      "e1367ec5151a33faac4cc1c144cd23fa15d5548493ecc99b9b5d9c0d3b27bec76227ea66088b849b20ab7aa478010246e74bba51723fefa9f9474d6508845e8d",
    ],
  ];
  for (const [passphrase, salt, rounds, expected] of vectors) {
    const length = expected.length / 2;
    assert.equal(bcryptPbkdf(utf8(passphrase), utf8(salt), rounds, length).toString("hex"), expected, passphrase);
  }
});
