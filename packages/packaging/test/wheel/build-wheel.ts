import { createHash } from "node:crypto";
import { bytesSource, type ByteSource } from "@countermark/packaging";
import { buildZip, type ZipMember } from "../archive/build-zip.ts";

export const METADATA = "Metadata-Version: 2.1\nName: foo\nVersion: 1.0\nRequires-Python: >=3.8\n\ntext\n";
export const WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
export const FILENAME = "foo-1.0-py3-none-any.whl";

/** Files of a small wheel by path, without RECORD. */
export function wheelFiles(): Map<string, string | Uint8Array> {
  return new Map<string, string | Uint8Array>([
    ["foo/__init__.py", "x = 1\n"],
    ["foo/data, 1.txt", "y".repeat(5000)],
    ["foo-1.0.dist-info/METADATA", METADATA],
    ["foo-1.0.dist-info/WHEEL", WHEEL],
  ]);
}

/** The lines of RECORD, its own among them. */
export function recordLines(files: ReadonlyMap<string, string | Uint8Array>): string[] {
  const lines = [...files].map(([path, content]) => {
    const digest = createHash("sha256").update(content).digest("base64url");
    return `${path.includes(",") ? `"${path}"` : path},sha256=${digest},${Buffer.byteLength(content)}`;
  });
  return [...lines, "foo-1.0.dist-info/RECORD,,"];
}

/** A wheel with these files and RECORD; further members go without. */
export function buildWheel(
  files: ReadonlyMap<string, string | Uint8Array>,
  record: readonly string[] = recordLines(files),
  more: readonly ZipMember[] = [],
): ByteSource {
  const members = [...files].map(([name, content]) => ({ name, content, deflate: content.length > 100 }));
  const recordMember = { name: "foo-1.0.dist-info/RECORD", content: record.map((line) => `${line}\n`).join("") };
  return bytesSource(buildZip([...members, recordMember, ...more]));
}
