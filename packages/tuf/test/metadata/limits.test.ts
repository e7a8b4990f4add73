/* Limits of what roles may hold, each from both sides, and members that nobody knows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readRoot, readTargets, toJson } from "@countermark/tuf";
import { refused, rootOf, sign, utf8 } from "../support/repository.ts";

function targets(delegations: string): Uint8Array {
  const signed = `"_type":"targets","delegations":${delegations},"expires":"2030-01-01T00:00:00Z"`;
  return utf8(`{"signatures":[],"signed":{${signed},"spec_version":"1.0.0","targets":{},"version":1}}`);
}

const role = (pattern: string): string =>
  `{"keys":{},"roles":[{"keyids":["a"],"name":"r","paths":["${pattern}"],"terminating":true,"threshold":1}]}`;

test("a pattern has at most 4,096 characters, in whatever form its role stands", () => {
  const longest = "x".repeat(4096);
  for (const form of [(text: string) => text, (text: string) => text.replaceAll('{"', '{ "')]) {
    const { delegations } = readTargets(targets(form(role(longest)))).signed;
    assert.deepEqual(delegations?.roles.get("r")?.paths, [longest]);
    refused(() => readTargets(targets(form(role(`${longest}x`)))), "TUF_FORMAT", /a pattern longer than 4096/);
  }
});

test("TAP 15: succinct roles have 1 to 32 bits", () => {
  const succinct = (bits: number): string =>
    `{"keys":{},"succinct_roles":{"bit_length":${bits},"keyids":["a"],"name_prefix":"b","threshold":1}}`;
  for (const bits of [1, 32]) {
    assert.equal(readTargets(targets(succinct(bits))).signed.delegations?.succinct?.bitLength, bits);
  }
  for (const bits of [0, 33]) refused(() => readTargets(targets(succinct(bits))), "TUF_FORMAT", /bit_length/);
});

test("TUF 4.1: a member of a root's role that nobody knows is kept, and is no threshold", async () => {
  const text = new TextDecoder().decode(await sign.root(rootOf()));
  const changed = text.replaceAll('"threshold":1}', '"threshold":1,"x-note":{"y":7},"x-threshold":9}');
  assert.notEqual(changed, text);
  const { signed } = readRoot(utf8(changed));
  assert.deepEqual(
    [...signed.roles.values()].map(({ threshold }) => threshold),
    [1, 1, 1, 1],
  );
  assert.deepEqual(
    [...(toJson(signed).get("roles") as ReadonlyMap<string, ReadonlyMap<string, unknown>>).values()].map((one) =>
      one.get("x-threshold"),
    ),
    [9, 9, 9, 9],
  );
});
