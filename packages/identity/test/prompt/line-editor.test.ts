import assert from "node:assert/strict";
import { test } from "node:test";
import { LineEditor, MAX_LINE_BYTES } from "../../src/prompt/line-editor.ts";

/** What is typed, and the line that comes of it; `undefined` when it is given up or has no end. */
function typed(text: string): string | undefined {
  const editor = new LineEditor();
  for (const byte of Buffer.from(text, "utf8")) {
    const edit = editor.feed(byte);
    if (edit === "done") return editor.take().toString("utf8");
    if (edit === "given-up") return undefined;
  }
  return undefined;
}

test("keys edit the line as at any prompt", () => {
  assert.equal(typed("correct horse\r"), "correct horse");
  assert.equal(typed("correct horsr\x7fe\n"), "correct horse");
  assert.equal(typed("größ\x7f\x7foß\r"), "groß");
  assert.equal(typed("wrong word\x17horse\r"), "wrong horse");
  assert.equal(typed("all wrong\x15right\r"), "right");
  assert.equal(typed("\x7f\x08a\r"), "a");
});

test("arrow and function keys, Alt and control characters leave nothing in a passphrase", () => {
  assert.equal(typed("a\x1b[A\x1b[1;5Cb\x1bOPc\x1bxd\x01e\tf\r"), "abcdef");
});

test("Ctrl-C gives up at any time, Ctrl-D on an empty line only", () => {
  assert.equal(typed("abc\x03def\r"), undefined);
  assert.equal(typed("\x04abc\r"), undefined);
  assert.equal(typed("abc\x04\r"), "abc");
});

test("a paste of two lines is two answers, with carriage return, line feed or both between them", () => {
  for (const end of ["\r", "\n", "\r\n"]) {
    const editor = new LineEditor();
    const lines: string[] = [];
    for (const byte of Buffer.from(`one${end}two${end}`)) {
      if (editor.feed(byte) === "done") lines.push(editor.take().toString());
    }
    assert.deepEqual(lines, ["one", "two"]);
  }
});

test("what does not fit into a line is not taken", () => {
  assert.equal(typed(`${"x".repeat(MAX_LINE_BYTES + 10)}\r`)?.length, MAX_LINE_BYTES);
});
