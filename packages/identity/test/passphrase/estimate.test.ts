import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOwnPassphrase, estimateOwnPassphrase, guessingCost, phraseCost } from "@countermark/identity";
import { code, utf8 } from "../support/identities.ts";

const CHEAP_TO_GUESS = [
  "x",
  "password1234567890!@#$%^&*()",
  "qwertyuiopasdfghjklzxcvbnm1234567890",
  "correct horse battery staple",
  "to be or not to be that is the question",
  "vierzig kleine Hasen springen",
  "私の猫は毎朝七時に起きて朝",
  "a".repeat(4000),
  "Tr0ub4dor&3",
  "2024-01-01 2025-12-31",
];
for (const text of CHEAP_TO_GUESS) {
  test(`refuses ${text.slice(0, 40)}`, async () => {
    await assert.rejects(checkOwnPassphrase(utf8(text), "identity"), code("IDENTITY_WEAK"));
  });
}

const DEAR_TO_GUESS = [
  "kR7$wq2!Zp9#vL4&xT6",
  "der Igel faltet montags lieber Landkarten als Regenschirme im Keller",
  "ёжик по понедельникам складывает в подвале географические карты",
  "私の猫は毎朝七時に起きて台所の窓から郵便配達の赤い自転車を数えるのが好きだ",
];
for (const text of DEAR_TO_GUESS) {
  test(`accepts ${text.slice(0, 40)}`, async () => {
    const { bits, dollars } = await checkOwnPassphrase(utf8(text), "identity");
    assert.ok(bits >= 55 && bits < 200, `${bits} bits`);
    assert.ok(dollars >= 1e9);
  });
}

test("a file that must be stolen first asks for less", async () => {
  const text = utf8("grey Zebra 71 sofas under 4 lamps");
  await assert.rejects(checkOwnPassphrase(text, "identity"), code("IDENTITY_WEAK"));
  assert.ok((await checkOwnPassphrase(text, "device")).bits >= 36);
  await assert.rejects(checkOwnPassphrase(utf8("letmein2024"), "device"), code("IDENTITY_WEAK"));
});

test("the refusal says nothing of the passphrase", async () => {
  const secret = "hunter2hunter2";
  await assert.rejects(checkOwnPassphrase(utf8(secret), "identity"), (error: Error) => {
    assert.ok(!JSON.stringify([error.message, error.stack, error]).includes("hunter"));
    return true;
  });
});

test("seven words are 90 bits and more money than there is; the price is linear in the guesses", () => {
  const seven = phraseCost(7);
  assert.equal(Math.round(seven.bits * 10), 905);
  assert.ok(seven.dollars > 1e19);
  assert.equal(guessingCost(41).dollars / guessingCost(40).dollars, 2);
  assert.equal(guessingCost(1).dollars, 1e-7);
});

test("the estimate of a long text is that of its beginning: it takes no longer", async () => {
  const { bits } = await estimateOwnPassphrase(utf8("xK9#mQ2$vL7@ ".repeat(300)));
  assert.ok(bits < 400);
});
