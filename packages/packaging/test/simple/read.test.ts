import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readLinkedFiles, readProjectNames } from "../../src/simple/read.ts";

const PAGE = new URL("https://index.example.org/simple/flask/");
const SHA = "a".repeat(64);
const plain = (text: string, type = "text/html") =>
  readLinkedFiles(text, type, PAGE).map(({ url, hashes, ...rest }) => ({
    ...rest,
    url: url.href,
    hashes: [...hashes],
  }));

test("HTML: relative links, hashes, entities, quotes of each kind, yanks, a base; other links are no files", () => {
  const html = `<!DOCTYPE html><html><head><base href="/files/"></head><body>
    <a href="flask-1.0-py3-none-any.whl#sha256=${SHA.toUpperCase()}" data-requires-python="&gt;=3.9" data-yanked="">x</a>
    <A data-yanked='bad &amp; old' HREF='../f%6Cask-1.1.tar.gz#md5=${"b".repeat(32)}'>y</A>
    <a
      href=https://cdn.example.org/flask-1.2.tar.gz data-yanked>z</a>
    <a href="/">home</a><a name="here">no link</a><a href="http://[bad">bad</a><b href="x.whl">b</b>
  </body></html>`;
  assert.deepEqual(plain(html), [
    {
      filename: "flask-1.0-py3-none-any.whl",
      url: "https://index.example.org/files/flask-1.0-py3-none-any.whl",
      hashes: [["sha256", SHA]],
      requiresPython: ">=3.9",
      yanked: "",
    },
    {
      filename: "flask-1.1.tar.gz",
      url: "https://index.example.org/f%6Cask-1.1.tar.gz",
      hashes: [["md5", "b".repeat(32)]],
      requiresPython: undefined,
      yanked: "bad & old",
    },
    {
      filename: "flask-1.2.tar.gz",
      url: "https://cdn.example.org/flask-1.2.tar.gz",
      hashes: [],
      requiresPython: undefined,
      yanked: "",
    },
  ]);
});

test("JSON: what is malformed in one file passes over that file alone; a page that is no page is refused", () => {
  const good = { filename: "f-1.tar.gz", url: "../../f-1.tar.gz", hashes: { SHA256: SHA, bad: 1 }, yanked: "why" };
  const files = [good, { filename: 1, url: "x" }, null, "x", { filename: "g-1.tar.gz", url: "http://[" }, [{}]];
  const [only, ...others] = plain(JSON.stringify({ files }), "application/vnd.pypi.simple.v1+json");
  assert.deepEqual(others, []);
  const expected = { filename: "f-1.tar.gz", url: "https://index.example.org/f-1.tar.gz", hashes: [["sha256", SHA]] };
  assert.deepEqual(only, { ...expected, requiresPython: undefined, yanked: "why" });
  for (const bad of ["", "[]", "1", "{}", `{"files": {}}`])
    assert.throws(() => plain(bad, "application/json"), SyntaxError);
});

test("the list of projects: names as shown, else as in the address", () => {
  const html = `<a href="/simple/zope-interface/">zope.interface</a><a href="six/"></a><a href="a%20b/">  </a>`;
  assert.deepEqual(readProjectNames(html, "text/html", PAGE), ["zope.interface", "six", "a b"]);
  const json = JSON.stringify({ projects: [{ name: "Six" }, {}, { name: 3 }] });
  assert.deepEqual(readProjectNames(json, "application/vnd.pypi.simple.v1+json", PAGE), ["Six"]);
});

test("no text makes it throw anything but a SyntaxError or URIError, or take long", () => {
  const piece = fc.constantFrom(
    "<a ",
    "href=",
    '"',
    "'",
    ">",
    "<",
    "&amp;",
    "&#x110000;",
    "#sha256=",
    "<base ",
    "%zz",
    "x",
    " ",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 300 }), (pieces) => {
      for (const file of readLinkedFiles(pieces.join(""), "text/html", PAGE)) assert.notEqual(file.filename, "");
    }),
  );
  const hostile = [
    "<a ".repeat(200_000),
    `<a href="${"x".repeat(500_000)}`,
    `<a ${"x=' ".repeat(100_000)}`,
    '<a x="'.repeat(50_000),
  ];
  for (const text of hostile) assert.deepEqual(readLinkedFiles(text, "text/html", PAGE), []);
});
