import { createHash } from "node:crypto";
import { request } from "node:http";
import type { Distribution } from "../../../../test/harness/distributions/distributions.ts";
import type { Answer } from "../serving.ts";

/** One part of a form; a file where it has a file name. */
export interface Part {
  readonly name: string;
  readonly value: string | Buffer;
  readonly filename?: string;
  readonly headers?: readonly string[];
}

export const BOUNDARY = "----boundary-of-a-test";

/** The bytes of a form. */
export function encodeForm(parts: readonly Part[]): Buffer {
  const pieces = parts.flatMap(({ name, value, filename, headers = [] }) => {
    const file = filename === undefined ? "" : `; filename="${filename}"`;
    const head = [`Content-Disposition: form-data; name="${name}"${file}`, ...headers].join("\r\n");
    return [Buffer.from(`--${BOUNDARY}\r\n${head}\r\n\r\n`), Buffer.from(value), Buffer.from("\r\n")];
  });
  return Buffer.concat([...pieces, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

/** What a tool sends for a file, in the order in which twine sends it. Values that are undefined are left out. */
export function partsFor(
  file: Distribution,
  changes: Readonly<Record<string, string | undefined>> = {},
): readonly Part[] {
  const isWheel = file.filename.endsWith(".whl");
  const [name = "", version = ""] = file.filename.replace(/\.tar\.gz$/, "").split("-");
  const fields = {
    ":action": "file_upload",
    protocol_version: "1",
    metadata_version: "2.1",
    name,
    version,
    filetype: isWheel ? "bdist_wheel" : "sdist",
    pyversion: isWheel ? "py3" : "source",
    sha256_digest: createHash("sha256").update(file.bytes).digest("hex"),
    ...changes,
  };
  const all: Readonly<Record<string, string | undefined>> = fields;
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return [
    ...given.map(([name, value]) => ({ name, value })),
    { name: "content", value: Buffer.from(file.bytes), filename: file.filename },
  ];
}

/** Posts bytes to the upload address. */
export function post(
  url: string,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
  path = "/legacy/",
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const all = {
    "content-type": `multipart/form-data; boundary=${BOUNDARY}`,
    "content-length": String(body.length),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, method: "POST", headers: all, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode: status = 0, statusMessage: reason = "", headers: answered } = response;
        resolve({ status, reason, headers: answered, body: Buffer.concat(chunks) });
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}
