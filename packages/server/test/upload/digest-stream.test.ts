import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { DigestStream } from "../../src/upload/digest-stream.ts";

async function digestsOf(...pieces: readonly Uint8Array[]) {
  const stream = await DigestStream.start();
  for (const piece of pieces) stream.update(piece);
  return stream.digests();
}

test("all three digests, as their specifications and Python's hashlib have them", async () => {
  assert.deepEqual(await digestsOf(Buffer.from("ab"), Buffer.from("c")), {
    md5: "900150983cd24fb0d6963f7d28e17f72",
    sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    blake2b256: "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
  });
  assert.equal((await digestsOf()).blake2b256, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
  const { blake2b256 } = await digestsOf(Buffer.alloc(1000, "x"));
  assert.equal(blake2b256, "ab75119ede14ef06ebf31f745fb655ed006cccfe8054c635308a557f7c9beaba");
  const cut = createHash("blake2b512").update(Buffer.alloc(1000, "x")).digest("hex").slice(0, 64);
  assert.notEqual(blake2b256, cut, "it is no part of the longer digest");
});

test("many uploads at a time do not get in each other's way", async () => {
  const streams = await Promise.all(Array.from({ length: 20 }, () => DigestStream.start()));
  for (const piece of ["a", "b", "c"]) for (const stream of streams) stream.update(Buffer.from(piece));
  const digests = new Set(streams.map((stream) => stream.digests().blake2b256));
  assert.deepEqual([...digests], ["bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"]);
});
