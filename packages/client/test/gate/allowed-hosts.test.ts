import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientError } from "../../src/errors.ts";
import { AllowedHosts } from "../../src/gate/allowed-hosts.ts";
import { parseAuthority } from "../../src/network/destination.ts";
import { readProxies } from "../../src/network/proxies.ts";

test("a host without a port is allowed on the ports of https and http, one with a port on that alone", () => {
  const allowed = new AllowedHosts(["Files.Example.org", "127.0.0.1:8000", "[::1]:80"]);
  for (const [host, port] of [
    ["files.example.org", 443],
    ["files.example.org", 80],
    ["127.0.0.1", 8000],
    ["::1", 80],
  ] as const)
    assert.ok(allowed.has({ host, port }), host);
  for (const [host, port] of [
    ["files.example.org", 22],
    ["example.org", 443],
    ["a.files.example.org", 443],
    ["127.0.0.1", 443],
  ] as const)
    assert.ok(!allowed.has({ host, port }), host);
});

for (const text of [
  "*.example.org",
  "https://example.org",
  "example.org/path",
  "",
  "example.org:0",
  "example.org:70000",
  "a b",
]) {
  test(`${JSON.stringify(text)} allows nothing`, () => {
    assert.throws(
      () => new AllowedHosts([text]),
      (error) => error instanceof ClientError && error.code === "USAGE",
    );
  });
}

test("every spelling of a host is read as one", () => {
  for (const text of ["localhost:80", "LocalHost:80", "localhost.:80"])
    assert.equal(parseAuthority(text)?.host, "localhost");
  for (const text of ["127.0.0.1:80", "127.1:80", "0x7f000001:80", "2130706433:80", "0177.0.0.1:80"])
    assert.equal(parseAuthority(text)?.host, "127.0.0.1", text);
  for (const text of ["[::1]:80", "[0:0:0:0:0:0:0:1]:80"]) assert.equal(parseAuthority(text)?.host, "::1");
  for (const text of [
    "host",
    "host:",
    ":80",
    "host:80:80",
    "user@host:80",
    "host:80/x",
    "ho st:80",
    `${"a".repeat(300)}:80`,
    "[::1:80",
  ])
    assert.equal(parseAuthority(text), undefined, text);
});

test("a proxy is chosen as curl does, and never for this machine", () => {
  for (const host of ["127.example.org", "localhost.example.org"]) {
    const at = readProxies({ https_proxy: "http://one:1" })("https", { host, port: 443 });
    assert.equal(at?.href, "http://one:1/", `${host} is no name of this machine`);
  }
  const choose = readProxies({
    https_proxy: "http://one:1",
    HTTPS_PROXY: "http://two:2",
    ALL_PROXY: "three:3",
    no_proxy: "a.example, .b.example,c.example:8443,192.0.2.1",
    HTTP_PROXY: "",
  });
  const of = (scheme: "http" | "https", host: string, port = 443) => choose(scheme, { host, port })?.host;
  assert.equal(of("https", "x.example"), "one:1");
  assert.equal(of("http", "x.example"), "three:3", "set to nothing is not set");
  for (const host of ["a.example", "in.a.example", "in.b.example", "192.0.2.1", "127.0.0.1", "localhost", "::1"])
    assert.equal(of("https", host), undefined, host);
  assert.equal(of("https", "xa.example"), "one:1");
  assert.equal(of("https", "c.example"), "one:1");
  assert.equal(of("https", "c.example", 8443), undefined);
  assert.equal(readProxies({ https_proxy: "http://one:1", NO_PROXY: "*" })("https", { host: "x", port: 1 }), undefined);
  assert.throws(
    () => readProxies({ https_proxy: "socks5://u:secret@one:1" })("https", { host: "x", port: 1 }),
    (error) => error instanceof ClientError && !error.message.includes("secret"),
  );
});
