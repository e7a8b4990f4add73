import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { isIP, type AddressInfo } from "node:net";
import { test } from "node:test";
import { connect, createServer } from "node:tls";
import { makeHostAuthority, type ServerIdentity } from "../../src/gate/host-authority.ts";

/** What a TLS client that trusts `ca` alone says of a server that shows this identity as `host`'s. */
async function handshake(ca: string, { key, certificate }: ServerIdentity, host: string): Promise<string> {
  const server = createServer({ key, cert: certificate }, (socket) => socket.on("error", () => undefined).end());
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const names = (shown: string): boolean =>
    isIP(host) === 0
      ? new X509Certificate(shown).checkHost(host) !== undefined
      : new X509Certificate(shown).checkIP(host) !== undefined;
  try {
    return await new Promise((resolve) => {
      const socket = connect({
        ...{ host: "127.0.0.1", port, ca },
        ...(isIP(host) === 0 && { servername: host }),
        // The server stands on loopback, whatever the host: its name or number is compared here.
        checkServerIdentity: () => (names(certificate) ? undefined : new Error("names another host")),
      });
      socket.once("secureConnect", () => {
        resolve("taken");
        socket.destroy();
      });
      socket.once("error", (error: Error) => {
        resolve(error.message);
      });
    });
  } finally {
    server.close();
  }
}

for (const host of ["index.example.org", "127.0.0.1", "10.200.0.255", "2001:db8::7", "::1", "::ffff:192.0.2.1"]) {
  test(`an authority for ${host} is believed about ${host}`, async () => {
    const authority = makeHostAuthority([host], Date.now());
    assert.equal(await handshake(authority.certificate, authority.issue(host), host), "taken");
  });
}

for (const [own, other, why] of [
  ["index.example.org", "other.example.org", "permitted subtree violation"],
  ["index.example.org", "example.org", "permitted subtree violation"],
  ["index.example.org", "127.0.0.1", "excluded subtree violation"],
  ["index.example.org", "2001:db8::7", "excluded subtree violation"],
  ["127.0.0.1", "localhost", "excluded subtree violation"],
  ["127.0.0.2", "127.0.0.1", "permitted subtree violation"],
  ["2001:db8::7", "2001:db8::8", "permitted subtree violation"],
  ["127.0.0.1", "2001:db8::7", "permitted subtree violation"],
] as const) {
  test(`an authority for ${own} is not believed about ${other}`, async () => {
    const authority = makeHostAuthority([own], Date.now());
    assert.equal(await handshake(authority.certificate, authority.issue(other), other), why);
    const control = makeHostAuthority([other], Date.now());
    assert.equal(await handshake(control.certificate, control.issue(other), other), "taken");
  });
}

test("an authority for several hosts is believed about these, and about nobody else", async () => {
  const authority = makeHostAuthority(["index.example.org", "127.0.0.1", "packages.example.com"], Date.now());
  const ask = (host: string) => handshake(authority.certificate, authority.issue(host), host);
  for (const host of ["index.example.org", "127.0.0.1", "packages.example.com"]) assert.equal(await ask(host), "taken");
  for (const host of ["example.org", "example.com", "127.0.0.2", "2001:db8::7"]) {
    assert.equal(await ask(host), "permitted subtree violation", host);
  }
});

test("an authority makes no other authority, and counts for a week", () => {
  const now = Date.UTC(2049, 11, 30);
  const authority = makeHostAuthority(["index.example.org"], now);
  const certificate = new X509Certificate(authority.certificate);
  assert.ok(certificate.ca);
  assert.equal(certificate.validFrom, "Dec 29 23:00:00 2049 GMT");
  assert.equal(certificate.validTo, "Jan  6 00:00:00 2050 GMT", "from 2050 on, times have another form");
  const leaf = new X509Certificate(authority.issue("index.example.org").certificate);
  assert.equal(leaf.ca, false);
  assert.deepEqual(leaf.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
});

test("every run has keys of its own", () => {
  const [one, two] = [makeHostAuthority(["a.example"], 0), makeHostAuthority(["a.example"], 0)];
  const key = ({ certificate }: { certificate: string }) => new X509Certificate(certificate).publicKey;
  assert.ok(!key(one).equals(key(two)));
  assert.ok(!key(one.issue("a.example")).equals(key(one.issue("a.example"))));
});
