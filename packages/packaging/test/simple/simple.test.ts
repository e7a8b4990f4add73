import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  negotiate,
  renderProjectHtml,
  renderProjectJson,
  renderRootHtml,
  renderRootJson,
  type ProjectPage,
} from "@countermark/packaging";

const digest = "a".repeat(64);
const page: ProjectPage = {
  name: "flask",
  status: { status: "deprecated", reason: 'use "quart" & <more>' },
  versions: ["1.0", "2.0"],
  files: [
    {
      filename: "flask-2.0-py3-none-any.whl",
      url: "../../files/0001/flask/flask-2.0-py3-none-any.whl",
      sha256: digest,
      size: 12,
      uploadTime: Date.UTC(2024, 1, 29, 23, 59, 58, 7),
      requiresPython: ">=3.8",
      coreMetadata: "b".repeat(64),
    },
    { filename: "flask-1.0.tar.gz", url: "u", sha256: digest, size: 0, uploadTime: 0, yanked: "broken <b>" },
    { filename: "flask-1.0.zip", url: "u", sha256: digest, size: 0, uploadTime: 0, yanked: "" },
  ],
};

test("JSON 1.4: exactly the specification's keys", () => {
  assert.deepEqual(JSON.parse(renderProjectJson(page)), {
    meta: { "api-version": "1.4" },
    name: "flask",
    "project-status": { status: "deprecated", reason: 'use "quart" & <more>' },
    versions: ["1.0", "2.0"],
    files: [
      {
        filename: "flask-2.0-py3-none-any.whl",
        url: "../../files/0001/flask/flask-2.0-py3-none-any.whl",
        hashes: { sha256: digest },
        "requires-python": ">=3.8",
        size: 12,
        "upload-time": "2024-02-29T23:59:58.007000Z",
        yanked: false,
        "core-metadata": { sha256: "b".repeat(64) },
        "data-dist-info-metadata": { sha256: "b".repeat(64) },
      },
      {
        filename: "flask-1.0.tar.gz",
        url: "u",
        hashes: { sha256: digest },
        size: 0,
        "upload-time": "1970-01-01T00:00:00.000000Z",
        yanked: "broken <b>",
        "core-metadata": false,
        "data-dist-info-metadata": false,
      },
      {
        filename: "flask-1.0.zip",
        url: "u",
        hashes: { sha256: digest },
        size: 0,
        "upload-time": "1970-01-01T00:00:00.000000Z",
        yanked: true,
        "core-metadata": false,
        "data-dist-info-metadata": false,
      },
    ],
  });
});

test("HTML: anchors as installers and upload tools read them", () => {
  const html = renderProjectHtml(page);
  assert.match(html, /<meta name="pypi:repository-version" content="1\.4">/);
  assert.match(html, /<meta name="pypi:project-status" content="deprecated">/);
  assert.match(html, /<meta name="pypi:project-status-reason" content="use &quot;quart&quot; &amp; &lt;more&gt;">/);
  assert.match(
    html,
    new RegExp(`href="\\.\\./\\.\\./files/0001/flask/flask-2\\.0-py3-none-any\\.whl#sha256=${digest}"`),
  );
  assert.match(html, /data-requires-python="&gt;=3\.8"/);
  assert.match(html, /data-yanked="broken &lt;b&gt;"/);
  assert.match(html, new RegExp(`data-dist-info-metadata="sha256=${"b".repeat(64)}"`));
  assert.match(html, new RegExp(`data-core-metadata="sha256=${"b".repeat(64)}"`));
  const names = [...html.matchAll(/<a [^>]+>([^<]+)<\/a>/g)].map(([, name]) => name);
  assert.deepEqual(names, ["flask-2.0-py3-none-any.whl", "flask-1.0.tar.gz", "flask-1.0.zip"]);
});

test("a quarantined project offers no file (PEP 792)", () => {
  const quarantined: ProjectPage = { ...page, status: { status: "quarantined" } };
  assert.deepEqual((JSON.parse(renderProjectJson(quarantined)) as { files: unknown[] }).files, []);
  assert.doesNotMatch(renderProjectHtml(quarantined), /<a /);
});

test("the list of projects", () => {
  assert.deepEqual(JSON.parse(renderRootJson({ projects: ["a", "b-c"] })), {
    meta: { "api-version": "1.4" },
    projects: [{ name: "a" }, { name: "b-c" }],
  });
  assert.match(renderRootHtml({ projects: ["a", "b-c"] }), /<a href="b-c\/">b-c<\/a>/);
});

test("foreign text never becomes HTML", () => {
  const text = fc.string({ unit: fc.constantFrom("<", ">", '"', "'", "&", "a", "\n", "é", "/", "=") });
  fc.assert(
    fc.property(text, text, text, (filename, url, reason) => {
      const file = { filename, url, sha256: digest, size: 1, uploadTime: 0, requiresPython: reason, yanked: reason };
      const html = renderProjectHtml({
        name: filename,
        versions: [],
        files: [file],
        status: { status: "active", reason },
      });
      const tags = html.replace(/<(\/?)([a-z0-9!]+)((?: [a-z-]+(?:="[^"<>']*")?)*)>/gi, "");
      assert.doesNotMatch(tags, /[<>"']/);
      assert.equal(html.match(/<a /g)?.length, 1);
    }),
  );
});

test("upload times agree with the calendar", () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (uploadTime) => {
      const file = { filename: "f", url: "u", sha256: digest, size: 1, uploadTime };
      const json = JSON.parse(renderProjectJson({ name: "n", versions: [], files: [file] })) as {
        files: { "upload-time": string }[];
      };
      assert.equal(json.files[0]?.["upload-time"], new Date(uploadTime).toISOString().replace("Z", "000Z"));
    }),
  );
});

const JSON_V1 = "application/vnd.pypi.simple.v1+json";
const HTML_V1 = "application/vnd.pypi.simple.v1+html";

test("content negotiation: what real clients send, and odd headers", () => {
  const cases: [string | undefined, string][] = [
    [undefined, "text/html"],
    ["", "text/html"],
    ["*/*", "text/html"],
    [`${JSON_V1}, ${HTML_V1}; q=0.1, text/html; q=0.01`, JSON_V1],
    [`${JSON_V1}, ${HTML_V1};q=0.2, text/html;q=0.01`, JSON_V1],
    [JSON_V1, JSON_V1],
    ["application/vnd.pypi.simple.latest+json", JSON_V1],
    ["Application/VND.pypi.simple.V1+JSON;Q=0.5", JSON_V1],
    [HTML_V1, HTML_V1],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"],
    ["application/vnd.pypi.simple.v9+json", "text/html"],
    [`${JSON_V1};q=0, text/html;q=0.1`, "text/html"],
    [`text/html;q=0, ${HTML_V1};q=0, */*;q=0.5`, JSON_V1],
    [`${JSON_V1};q=abc`, "text/html"],
    [`${JSON_V1};q=2, text/html;q=0.1`, "text/html"],
    [`text/html, ${JSON_V1}`, "text/html"],
    ["application/*", HTML_V1],
    [`${"x,".repeat(100_000)}${JSON_V1}`, "text/html"],
  ];
  for (const [accept, expected] of cases) assert.equal(negotiate(accept), expected, accept?.slice(0, 80));
});
