import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeHostAuthority } from "../../../packages/client/src/gate/host-authority.ts";
import { environmentOf, programOf } from "../../../tools/python/environments.ts";
import { countermark } from "../../harness/commands.ts";
import {
  makeBuildBackend,
  makeSdist,
  makeWheel,
  sha256,
  writeDistributions,
  type Distribution,
} from "../../harness/distributions/distributions.ts";
import { startIndex } from "../../harness/index-server.ts";
import { trust } from "../../harness/installers.ts";
import { replaceFile } from "../../harness/mirror/attacks.ts";
import { startMirror, type Attack } from "../../harness/mirror/mirror.ts";
import type { Ending } from "../../harness/processes.ts";
import type { Sandbox, Settings } from "../../harness/sandbox.ts";
import type { Case, Run } from "./case.ts";
import { startStranger } from "./stranger.ts";

/** The project that everybody wants, and what each one's file does. */
const PROJECT = "alphapkg";
const CODE = { genuine: "genuine", forged: "forged by the index", stranger: "a stranger's" } as const;
export type Whose = keyof typeof CODE;
/** Files that give away whose code was installed, or has run. */
const TELLING = new Set([`${PROJECT}.py`, "gammapkg.py", "stranger-ran.py"]);

/** How a run ended, and whose files it left in its folder. */
export interface Outcome extends Ending {
  readonly whose: readonly Whose[];
  /** What it asked the stranger for. */
  readonly askedStranger: readonly string[];
  readonly run: Run;
}

/**
 * A trusted index on https whose pages and files lie to whoever does not verify, and a stranger's index beside it: where
 * every case is carried out.
 */
export interface Lab {
  readonly sandbox: Sandbox;
  readonly hashes: { readonly stranger: string; readonly forged: string };
  /** `home`: what countermark trusts. */
  readonly settings: Settings;
  prepare(what: Pick<Case, "files" | "prepare">, name: string): Promise<Run>;
  carryOut(what: Case, run: Run, way: "plain" | "gated"): Promise<Outcome>;
}

export async function openLab(sandbox: Sandbox): Promise<Lab> {
  const files = {
    genuine: wheel("1.0", "genuine"),
    forged: wheel("1.0", "forged"),
    stranger: wheel("9.0", "stranger"),
  };
  const index = await startIndex(sandbox, [
    files.genuine,
    makeSdist({ name: "gammapkg", version: "2.0", source: says("genuine") }),
    makeBuildBackend(),
  ]);
  const host = "localhost";
  const authority = makeHostAuthority([host], Date.now());
  const mirror = await startMirror(sandbox.scope, index.url, 0, { host, ...authority.issue(host) });
  mirror.attackWith(lying(files.forged));
  const stranger = await startStranger(
    sandbox.scope,
    new Map([
      [PROJECT, files.stranger],
      ["tinybackend", hostileBackend()],
    ]),
  );
  const inTls = await startMirror(sandbox.scope, new URL(stranger.pages("x")).origin, 0, {
    host,
    ...authority.issue(host),
  });
  const links = writeDistributions(join(sandbox.folder, "links"), [files.stranger]);
  const authorities = join(sandbox.folder, "company.pem");
  writeFileSync(authorities, authority.certificate);
  const settings = {
    COUNTERMARK_HOME: join(sandbox.folder, "countermark"),
    ...Object.fromEntries(
      ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "NODE_EXTRA_CA_CERTS"].map((name) => [name, authorities]),
    ),
  };
  await trust(sandbox, mirror.url, index.fingerprint, { settings });
  const indexFile = await addressOf(index.url, mirror.url);
  const settingsOf = (what: { settings?: Settings | undefined }, folder: string): Settings => ({
    ...settings,
    ...homeIn(folder),
    ...what.settings,
  });
  return {
    sandbox,
    settings,
    hashes: { stranger: sha256(files.stranger.bytes), forged: sha256(files.forged.bytes) },
    async prepare(what, name) {
      const folder = join(sandbox.folder, "runs", name);
      mkdirSync(join(folder, "tmp"), { recursive: true });
      const run = {
        folder,
        index: `${mirror.url}/simple/`,
        indexFile,
        links,
        stranger: stranger.pages(name),
        strangerFile: stranger.file(name, files.stranger.filename),
        strangerFileInTls: inTls.url + new URL(stranger.file(name, files.stranger.filename)).pathname,
      };
      for (const [path, text] of Object.entries(what.files?.(run) ?? {})) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
      const first = what.prepare?.(run);
      if (first === undefined) return run;
      const [program = "", ...args] = first.gated ? [countermark, "run", "--", ...first.command] : first.command;
      const ending = await sandbox.run(program, args, { folder, settings: settingsOf(first, folder) });
      assert.equal(ending.code, 0, ending.output);
      return run;
    },
    async carryOut(what, before, way) {
      const name = before.folder.slice(before.folder.lastIndexOf("/") + 1);
      const asked = stranger.askedBy(name).length;
      const command = way === "gated" ? [countermark, "run", "--", ...what.command(before)] : what.command(before);
      const [program = "", ...args] = command;
      const ending = await sandbox.run(program, args, {
        folder: before.folder,
        settings: settingsOf({ settings: what.settings?.(before) }, before.folder),
      });
      return {
        ...ending,
        run: before,
        whose: whoseIn(before.folder),
        askedStranger: stranger.askedBy(name).slice(asked),
      };
    },
  };
}

function wheel(version: string, whose: Whose): Distribution {
  const entryPoint = `[console_scripts]\nalphatool = ${PROJECT}:main\n`;
  const extra = [[`${PROJECT}-${version}.dist-info/entry_points.txt`, entryPoint]] as const;
  return makeWheel({ name: PROJECT, version, source: says(whose), extra: extra.map(([path, text]) => [path, text]) });
}

function says(whose: Whose): string {
  return `def main():\n    pass\nprint("${CODE[whose]}")\n`;
}

/** A build backend with a higher version that leaves a sign that it has run. */
function hostileBackend(): Distribution {
  const source = [
    "import os",
    'with open(os.path.join(os.environ["HOME"], "stranger-ran.py"), "w") as sign:',
    `    sign.write("${CODE.stranger}")`,
    'raise SystemExit("no wheel from here")',
  ];
  return makeWheel({ name: "tinybackend", version: "9.0", source: `${source.join("\n")}\n` });
}

/** Lies on pages and in the files that they name. Signed metadata, and the files that only it names, are left alone. */
function lying(file: Distribution): Attack {
  const attack = replaceFile(PROJECT, file);
  return (request, upstream) => (request.path.startsWith("/tuf/") ? upstream(request) : attack(request, upstream));
}

/** Where the index's own page says that its file lies, on the address that installers know. */
async function addressOf(index: string, front: string): Promise<string> {
  const page = await fetch(`${index}/simple/${PROJECT}/`, {
    headers: { accept: "application/vnd.pypi.simple.v1+json" },
  });
  const { files } = (await page.json()) as { files: { url: string }[] };
  const { pathname } = new URL(files[0]?.url ?? "", page.url);
  return front + pathname;
}

/** A home of a run's own, caches included: what lies in its folder afterwards was put there by this run. */
function homeIn(folder: string): Settings {
  return {
    ...{
      HOME: folder,
      TMPDIR: join(folder, "tmp"),
      PATH: `${dirname(programOf("uv", "uv"))}:${dirname(process.execPath)}:/usr/bin:/bin`,
    },
    ...{ POETRY_VIRTUALENVS_IN_PROJECT: "true", PDM_CHECK_UPDATE: "false", PIP_NO_CACHE_DIR: "1" },
    PIPX_DEFAULT_PYTHON: join(environmentOf("pip-newest"), "bin", "python"),
  };
}

function whoseIn(folder: string): readonly Whose[] {
  const found = new Set<Whose>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !TELLING.has(entry.name)) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), "utf8");
    for (const whose of ["genuine", "forged", "stranger"] as const) if (text.includes(CODE[whose])) found.add(whose);
  }
  return [...found];
}

/** A second folder like the first, for the same command in another way. */
export function copyOf(run: Run, name: string): Run {
  const folder = join(dirname(run.folder), name);
  cpSync(run.folder, folder, { recursive: true, verbatimSymlinks: true });
  return { ...run, folder };
}
