import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { guardedEnvironment } from "../../src/run/environment.ts";
import { runProgram } from "../fixture/sandbox.ts";

const GATEWAY = {
  indexUrls: ["https://index.example.org/simple/"] as const,
  proxyUrl: "http://countermark:secret@127.0.0.1:9876",
  authorities: "/tmp/run/authorities.pem",
  others: false,
  ssh: false,
};

test("the tools' own index settings name the real index, and what would add another source or judge is gone", () => {
  const own = {
    HOME: "/home/x",
    PIP_INDEX_URL: "http://other.example/",
    PIP_EXTRA_INDEX_URL: "http://other.example/",
    PIP_FIND_LINKS: "/wheels",
    PIP_NO_INDEX: "1",
    PIP_PROXY: "http://other.example/",
    PIP_TRUSTED_HOST: "other.example",
    PIP_CERT: "/other.example.pem",
    UV_INDEX: "http://other.example/",
    UV_INDEX_URL: "http://other.example/",
    UV_EXTRA_INDEX_URL: "http://other.example/",
    UV_FIND_LINKS: "/wheels",
    UV_INDEX_STRATEGY: "unsafe-best-match",
    UV_INSECURE_HOST: "other.example",
    SSL_CERT_DIR: "/other.example",
    SSL_CERT_FILE: "/other.example.pem",
  };
  const env = guardedEnvironment(own, GATEWAY);
  assert.equal(env["HOME"], "/home/x");
  for (const [name, value] of Object.entries(env)) {
    assert.doesNotMatch(String(value), /other\.example|\/wheels|unsafe/, name);
  }
  assert.equal(env["PIP_INDEX_URL"], GATEWAY.indexUrls[0]);
  assert.equal(env["UV_INDEX"], GATEWAY.indexUrls[0], "uv asks its default index last");
  assert.equal(env["UV_DEFAULT_INDEX"], GATEWAY.indexUrls[0]);
  assert.equal(env["PIP_CONFIG_FILE"], "/dev/null", "an empty PIP_EXTRA_INDEX_URL would not clear pip.conf's");
  assert.ok(!("PIP_NO_INDEX" in env) && !("PIP_TRUSTED_HOST" in env));
  assert.equal(own.PIP_NO_INDEX, "1", "the caller's own environment stays");
});

test("an index on plain http is one that pip may ask and keep files of", () => {
  const env = guardedEnvironment({}, { ...GATEWAY, indexUrls: ["http://127.0.0.1:4321/simple/"] as const });
  assert.equal(env["PIP_TRUSTED_HOST"], "127.0.0.1:4321");
});

test("with several indexes pip and uv know them all, and the default one comes first", () => {
  const indexUrls = ["https://index.example.org/simple/", "http://127.0.0.1:4321/simple/"] as const;
  const env = guardedEnvironment({ PIP_EXTRA_INDEX_URL: "http://other.example/" }, { ...GATEWAY, indexUrls });
  assert.equal(env["PIP_INDEX_URL"], indexUrls[0]);
  assert.equal(env["PIP_EXTRA_INDEX_URL"], indexUrls[1]);
  assert.equal(env["PIP_TRUSTED_HOST"], "127.0.0.1:4321");
  assert.equal(env["UV_INDEX"], indexUrls.join(" "));
  assert.equal(env["UV_DEFAULT_INDEX"], indexUrls[0]);
});

test("every proxy variable leads to the gate, in both cases, without an exception", () => {
  const own = { NO_PROXY: "other.example", no_proxy: "*", https_proxy: "http://corp.example" };
  const env = guardedEnvironment(own, GATEWAY);
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]) {
    assert.equal(env[name], GATEWAY.proxyUrl, name);
  }
  for (const name of ["NO_PROXY", "no_proxy"]) assert.equal(env[name], "", name);
});

test("no other spelling of a variable, and no other variable, leads past the gate", () => {
  const own = {
    ...{
      No_proxy: "*",
      Http_proxy: "",
      hTTpS_PROXY: "http://other.example",
      All_proxy: "",
      FTP_PROXY: "other.example",
    },
    ...{ "http://files.example_proxy": "http://other.example", CARGO_HTTP_PROXY: "http://other.example" },
    ...{ PIP_proxy: "http://other.example", PIP_Extra_Index_Url: "http://other.example/", pip_cert: "/other.example" },
    ...{ PIP_index_url: "http://other.example/", PIP_config_file: "/other.example" },
    ...{ REQUEST_METHOD: "GET", GIT_CONFIG_PARAMETERS: "'http.proxy='", PIP_no_deps: "1", REQUEST_ID: "7" },
  };
  const ours = guardedEnvironment({}, GATEWAY);
  assert.deepEqual(guardedEnvironment(own, GATEWAY), { ...ours, PIP_no_deps: "1", REQUEST_ID: "7" });
});

test("git keeps the options of its environment, but for a proxy and who is believed", () => {
  const options = [
    ["http.https://other.example.proxy", ""],
    ["url.https://token@git.example/.insteadOf", "https://git.example/"],
    ["HTTP.sslVerify", "false"],
    ["remote.origin.proxy", "http://other.example"],
  ];
  const own = Object.fromEntries([
    ["GIT_CONFIG_COUNT", String(options.length)],
    ...options.flatMap(([key, value], at) => [
      [`GIT_CONFIG_KEY_${at}`, key],
      [`GIT_CONFIG_VALUE_${at}`, value],
    ]),
  ]) as NodeJS.ProcessEnv;
  const env = guardedEnvironment(own, GATEWAY);
  assert.equal(env["GIT_CONFIG_COUNT"], "2");
  assert.deepEqual([env["GIT_CONFIG_KEY_0"], env["GIT_CONFIG_VALUE_0"]], options[1]);
  assert.deepEqual([env["GIT_CONFIG_KEY_1"], env["GIT_CONFIG_VALUE_1"]], ["http.proxy", GATEWAY.proxyUrl]);
});

test("every tool is told whom to believe", () => {
  const env = guardedEnvironment({}, GATEWAY);
  for (const name of ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"]) {
    assert.equal(env[name], GATEWAY.authorities, name);
  }
});

test("git may not speak ssh, which no proxy sees, unless a host was allowed on ssh's port", () => {
  assert.equal(guardedEnvironment({}, GATEWAY)["GIT_ALLOW_PROTOCOL"], "file:http:https");
  assert.equal(guardedEnvironment({}, { ...GATEWAY, ssh: true })["GIT_ALLOW_PROTOCOL"], undefined);
});

test("git's own settings name no other proxy than the gate, and none of the user's variables is lost", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(403).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const home = mkdtempSync(join(tmpdir(), "countermark-git-"));
  try {
    writeFileSync(join(home, ".gitconfig"), "[http]\n\tproxy =\n");
    const own = {
      ...{ PATH: process.env["PATH"], HOME: home, GIT_CONFIG_NOSYSTEM: "1" },
      ...{ GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "user.name", GIT_CONFIG_VALUE_0: "me" },
    };
    const gate = `http://countermark:secret@127.0.0.1:${port}`;
    const ask = ["ls-remote", `http://127.0.0.1:${port}/x.git`];
    const path = "/x.git/info/refs?service=git-upload-pack";
    await runProgram("git", ask, { ...own, http_proxy: gate });
    assert.deepEqual(asked.splice(0), [path], "the control: it goes past the environment's proxy");
    const env = guardedEnvironment(own, { ...GATEWAY, proxyUrl: gate });
    await runProgram("git", ask, env);
    assert.deepEqual(asked, [`http://127.0.0.1:${port}${path}`], "a proxy is asked by whole addresses");
    assert.equal((await runProgram("git", ["config", "user.name"], env)).stdout, "me\n");
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(home, { recursive: true });
  }
});

test("a tool tries nothing again that the gate has refused, but what other hosts may have failed at", () => {
  assert.equal(guardedEnvironment({ PIP_RETRIES: "9" }, GATEWAY)["PIP_RETRIES"], "0");
  assert.equal(guardedEnvironment({ PIP_RETRIES: "9" }, { ...GATEWAY, others: true })["PIP_RETRIES"], "9");
});
