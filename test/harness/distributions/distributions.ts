import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tarGz } from "./tar.ts";
import { zip, type Entry } from "./zip.ts";

/** What a made distribution says of itself. */
export interface Description {
  readonly name: string;
  readonly version: string;
  readonly requires?: readonly string[];
  /** Python source of its only module, called as the project is; a line that prints name and version if left out. */
  readonly source?: string;
  /** Further files, such as one that makes it long. */
  readonly extra?: readonly Entry[];
}

/** A made file with its name. */
export interface Distribution {
  readonly filename: string;
  readonly bytes: Buffer;
}

/** A pure wheel with one module and a right RECORD (PEP 427). */
export function makeWheel(what: Description): Distribution {
  const stem = `${what.name.replaceAll("-", "_")}-${what.version}`;
  const info = `${stem}.dist-info`;
  const entries: Entry[] = [
    [`${what.name.replaceAll("-", "_")}.py`, what.source ?? announcing(what)],
    ...(what.extra ?? []),
    [`${info}/METADATA`, coreMetadata(what)],
    [`${info}/WHEEL`, "Wheel-Version: 1.0\nGenerator: made\nRoot-Is-Purelib: true\nTag: py3-none-any\n"],
  ];
  const record = entries.map(([path, content]) => recordLine(path, content)).join("") + `${info}/RECORD,,\n`;
  return { filename: `${stem}-py3-none-any.whl`, bytes: zip([...entries, [`${info}/RECORD`, record]]) };
}

/** An sdist (PEP 625) whose build backend is the project {@link makeBuildBackend}, fetched by build isolation. */
export function makeSdist(what: Description): Distribution {
  const stem = `${what.name.replaceAll("-", "_")}-${what.version}`;
  const wheel = makeWheel(what);
  const project = `[project]\nname = "${what.name}"\nversion = "${what.version}"\n`;
  const build = `[build-system]\nrequires = ["${BACKEND}"]\nbuild-backend = "${BACKEND}"\n`;
  const entries: Entry[] = [
    [`${stem}/pyproject.toml`, `${build}\n${project}`],
    [`${stem}/${wheel.filename}.prepared`, wheel.bytes],
    [`${stem}/PKG-INFO`, coreMetadata(what)],
  ];
  return { filename: `${stem}.tar.gz`, bytes: tarGz(entries) };
}

const BACKEND = "tinybackend";

/** A wheel of a PEP 517 build backend that hands out the wheel which lies prepared in the sdist. */
export function makeBuildBackend(): Distribution {
  const source = [
    "import glob, os, shutil",
    "def build_wheel(directory, config_settings=None, metadata_directory=None):",
    '    prepared, = glob.glob("*.prepared")',
    '    name = prepared.removesuffix(".prepared")',
    "    shutil.copyfile(prepared, os.path.join(directory, name))",
    "    return name",
    "",
  ];
  return makeWheel({ name: BACKEND, version: "1.0", source: source.join("\n") });
}

/** Writes made files into a folder, as `pip download` would leave them. */
export function writeDistributions(folder: string, files: readonly Distribution[]): string {
  mkdirSync(folder, { recursive: true });
  for (const { filename, bytes } of files) writeFileSync(join(folder, filename), bytes);
  return folder;
}

/** SHA-256 in lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function announcing({ name, version }: Description): string {
  return `print("${name} ${version}")\n`;
}

function coreMetadata({ name, version, requires = [] }: Description): string {
  const lines = ["Metadata-Version: 2.1", `Name: ${name}`, `Version: ${version}`, "Summary: Made for a test"];
  return [...lines, ...requires.map((requirement) => `Requires-Dist: ${requirement}`), ""].join("\n");
}

function recordLine(path: string, content: string | Uint8Array): string {
  const bytes = Buffer.from(content);
  const digest = createHash("sha256").update(bytes).digest("base64url");
  return `${path},sha256=${digest},${bytes.length}\n`;
}
