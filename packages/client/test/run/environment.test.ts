import assert from "node:assert/strict";
import { devNull } from "node:os";
import { test } from "node:test";
import { guardedEnvironment, indexSettings } from "../../src/run/environment.ts";

const DOORS = { indexUrl: "http://127.0.0.1:4321/secret/simple/", guardUrl: "http://127.0.0.1:9876" };

test("the tools' own index settings are ours, and what would add another source is gone", () => {
  const own = {
    HOME: "/home/x",
    PIP_INDEX_URL: "http://other.example/",
    PIP_EXTRA_INDEX_URL: "http://other.example/",
    PIP_FIND_LINKS: "/wheels",
    PIP_NO_INDEX: "1",
    PIP_PROXY: "http://other.example/",
    UV_INDEX: "http://other.example/",
    UV_INDEX_URL: "http://other.example/",
    UV_EXTRA_INDEX_URL: "http://other.example/",
    UV_FIND_LINKS: "/wheels",
    UV_INDEX_STRATEGY: "unsafe-best-match",
  };
  const env = guardedEnvironment(own, DOORS);
  assert.equal(env["HOME"], "/home/x");
  for (const [name, value] of Object.entries(env)) {
    assert.doesNotMatch(String(value), /other\.example|\/wheels|unsafe/, name);
  }
  assert.equal(env["PIP_INDEX_URL"], DOORS.indexUrl);
  assert.equal(env["UV_INDEX"], DOORS.indexUrl, "uv asks its default index last");
  assert.equal(env["UV_DEFAULT_INDEX"], DOORS.indexUrl);
  assert.equal(env["PIP_CONFIG_FILE"], devNull, "an empty PIP_EXTRA_INDEX_URL would not clear pip.conf's");
  assert.equal(env["PIP_TRUSTED_HOST"], "127.0.0.1:4321");
  assert.ok(!("PIP_NO_INDEX" in env));
  assert.equal(own.PIP_NO_INDEX, "1", "the caller's own environment stays");
});

test("every proxy variable leads to the guard, in both cases, and only our door is asked past it", () => {
  const env = guardedEnvironment(
    { NO_PROXY: "other.example", no_proxy: "*", https_proxy: "http://corp.example" },
    DOORS,
  );
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]) {
    assert.equal(env[name], DOORS.guardUrl, name);
  }
  for (const name of ["NO_PROXY", "no_proxy"]) assert.equal(env[name], "127.0.0.1,localhost", name);
});

test("without a guard the caller's proxies stay as they are", () => {
  const env = guardedEnvironment({ HTTPS_PROXY: "http://corp.example" }, { indexUrl: DOORS.indexUrl });
  assert.equal(env["HTTPS_PROXY"], "http://corp.example");
  assert.deepEqual(
    [...indexSettings(DOORS.indexUrl).keys()].filter((name) => env[name] === undefined),
    [],
  );
});
