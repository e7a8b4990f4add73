/**
 * Holds `countermark check` against files of well-known projects, listed in `files.tsv` with what it said of each:
 * `node tools/real-files/run.ts --index https://example.org/simple/ [--folder FOLDER]`
 *
 * The files are fetched by their hashes from the index that you name, once, into the folder. Ends with 1 where a file is
 * judged otherwise than the list says, or is not to be had.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { readLinkedFiles, type LinkedFile } from "@countermark/packaging";

const CHECKOUT = join(import.meta.dirname, "../..");
const ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.1";
const MAX_OUTPUT = 64 * 1024 * 1024;
/** Files that are checked by one process. */
const AT_A_TIME = 50;

interface Listed {
  readonly project: string;
  readonly file: string;
  readonly sha256: string;
  readonly result: string;
}

const { values: options } = parseArgs({
  options: { index: { type: "string" }, folder: { type: "string", default: join(tmpdir(), "countermark-real-files") } },
});

function listed(): readonly Listed[] {
  const lines = readFileSync(join(import.meta.dirname, "files.tsv"), "utf8")
    .trim()
    .split("\n")
    .slice(1);
  return lines.map((line) => {
    const [project = "", , file = "", sha256 = "", result = ""] = line.split("\t");
    return { project, file, sha256, result };
  });
}

const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function pageOf(index: string, project: string): Promise<readonly LinkedFile[]> {
  const page = new URL(`${project}/`, index);
  const response = await fetch(page, { headers: { accept: ACCEPT } });
  if (!response.ok) return [];
  return readLinkedFiles(await response.text(), response.headers.get("content-type") ?? "", new URL(response.url));
}

/** Fetches what the folder does not hold, project by project. */
async function fetchAll(index: string, folder: string, wanted: readonly Listed[]): Promise<void> {
  const pages = new Map<string, readonly LinkedFile[]>();
  for (const { project, file, sha256 } of wanted) {
    if (existsSync(join(folder, file))) continue;
    const page = pages.get(project) ?? (await pageOf(index, project));
    pages.set(project, page);
    const link = page.find(({ filename }) => filename === file);
    const bytes = link === undefined ? undefined : new Uint8Array(await (await fetch(link.url)).arrayBuffer());
    if (bytes === undefined || hashOf(bytes) !== sha256) console.log(`${file}: the index does not have it`);
    else writeFileSync(join(folder, file), bytes);
  }
}

interface Said {
  readonly file: string;
  readonly problems: readonly { readonly code: string; readonly message: string }[];
}

async function check(folder: string, files: readonly string[]): Promise<readonly Said[]> {
  const paths = files.map((file) => join(folder, file));
  const said = promisify(execFile)(join(CHECKOUT, "bin/countermark"), ["check", "--json", ...paths], {
    maxBuffer: MAX_OUTPUT,
  });
  // It ends with 1 where it finds something.
  const { stdout } = await said.catch((error: unknown) => error as { readonly stdout: string });
  return JSON.parse(stdout) as readonly Said[];
}

const wanted = listed();
mkdirSync(options.folder, { recursive: true });
if (options.index !== undefined) {
  await fetchAll(options.index.endsWith("/") ? options.index : `${options.index}/`, options.folder, wanted);
}
const present = wanted.filter(({ file }) => existsSync(join(options.folder, file)));
let [passed, others] = [0, wanted.length - present.length];
if (others > 0) console.log(`${others} files are not in ${options.folder}: name an index that has them with --index`);
for (let first = 0; first < present.length; first += AT_A_TIME) {
  const part = present.slice(first, first + AT_A_TIME);
  const said = await check(
    options.folder,
    part.map(({ file }) => file),
  );
  for (const [at, { file, result, sha256 }] of part.entries()) {
    const problem = said[at]?.problems[0];
    const found = said[at] === undefined ? "not looked at" : (problem?.code ?? "passes");
    const isListed = hashOf(readFileSync(join(options.folder, file))) === sha256;
    if (found === "passes") passed += 1;
    if (found === result && isListed) continue;
    others += 1;
    console.log(
      `${file}: ${isListed ? found : "other content"}, listed: ${result}${problem ? `: ${problem.message}` : ""}`,
    );
  }
}
console.log(`${passed} of ${wanted.length} files pass, ${others} are judged otherwise than listed or missing`);
process.exitCode = others === 0 ? 0 : 1;
