import { globSync } from "node:fs";
import { join } from "node:path";
import { readPlainFile, readTomlFile, type Table } from "../config/toml-file.ts";
import { ClientError } from "../errors.ts";
import { subtable } from "../lock/lock-table.ts";
import { readLock } from "../lock/read-lock.ts";
import { readRequirements } from "../lock/requirements.ts";
import type { Finding } from "./finding.ts";
import { checkCondaFile } from "./conda.ts";
import { checkHatch } from "./hatch.ts";
import { elsewhere, isLocalPlace, localFiles } from "./places.ts";
import { checkPdm, checkPdmScripts, checkPoetry, checkPoetryConfig, checkUvSettings } from "./tool-settings.ts";

const LOCKS = ["uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"];
/** Built files, as opposed to the folder of somebody's own code. */
const ARCHIVE = /\.(?:whl|tar\.gz|zip)(?:[\s;]|$)/i;
const INDEX_OPTIONS = new Set(["--index-url", "--extra-index-url", "--find-links", "--trusted-host", "--no-index"]);
/** Most requirement files of one folder that are read. */
const MAX_REQUIREMENT_FILES = 200;
const MAX_BYTES = 4 * 1024 * 1024;

/** What a project's own files say that leads elsewhere. A file that cannot be read is a finding, too. */
export async function checkProject(folder: string): Promise<readonly Finding[]> {
  const requirementFiles = globSync(["requirements*.{txt,in}", "requirements/*.{txt,in}"], { cwd: folder });
  const checks: readonly (readonly [name: string, check: (path: string) => Promise<readonly Finding[]>])[] = [
    ["pyproject.toml", checkPyproject],
    ["pdm.toml", async (path) => checkPdm(path, undefined, await readTable(path))],
    ["poetry.toml", async (path) => checkPoetryConfig(path, await readTable(path))],
    ["environment.yml", checkCondaFile],
    ["environment.yaml", checkCondaFile],
    ["hatch.toml", async (path) => checkHatch(path, await readTable(path))],
    ["uv.toml", async (path) => checkUvSettings(path, (await readTable(path)) ?? new Map())],
    ...LOCKS.map((name) => [name, checkLock] as const),
    ...requirementFiles.slice(0, MAX_REQUIREMENT_FILES).map((name) => [name, checkRequirements] as const),
  ];
  const found = await Promise.all(checks.map(([name, check]) => orUnreadable(join(folder, name), check)));
  return found.flat();
}

async function orUnreadable(
  path: string,
  check: (path: string) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await check(path);
  } catch (error) {
    if (!(error instanceof ClientError) && !(error instanceof TypeError)) throw error;
    return [
      {
        check: "unreadable",
        reach: "agent",
        where: path,
        what: error.message,
        fix: "nobody can say what it does: mend it",
      },
    ];
  }
}

async function readTable(path: string): Promise<Table | undefined> {
  return await readTomlFile(path, { followLinks: false, maxBytes: MAX_BYTES, maxDepth: 50 });
}

async function checkPyproject(path: string): Promise<readonly Finding[]> {
  const table = await readTable(path);
  const tool = table === undefined ? undefined : subtable(table, "tool");
  const [uv, pdm, poetry, hatch] = ["uv", "pdm", "poetry", "hatch"].map((name) => tool && subtable(tool, name));
  return [
    ...(uv === undefined ? [] : checkUvSettings(path, uv, "tool.uv.")),
    ...checkPdm(path, pdm),
    ...checkPdmScripts(path, pdm),
    ...checkPoetry(path, poetry),
    ...checkHatch(path, hatch),
    ...directUrls(path, table),
  ];
}

/** PEP 508 dependencies with an address, wherever a pyproject.toml lists dependencies. pdm downloads them by itself. */
function directUrls(path: string, table: Table | undefined): readonly Finding[] {
  const project = table && subtable(table, "project");
  const lists = [
    project?.get("dependencies"),
    ...((project && subtable(project, "optional-dependencies"))?.values() ?? []),
    ...((table && subtable(table, "dependency-groups"))?.values() ?? []),
    (table && subtable(table, "build-system"))?.get("requires"),
  ];
  return lists
    .flatMap((list): readonly unknown[] => (Array.isArray(list) ? list : []))
    .flatMap((text) => {
      const [, name = "", place = ""] = /^\s*([^\s@[\]]+)(?:\[[^\]]*\])?\s*@\s*([^\s;]+)/.exec(String(text)) ?? [];
      if (place === "") return [];
      return [{ ...elsewhere(path, name, place), reach: place.startsWith("https:") ? "run" : "agent" } as const];
    })
    .map((finding) =>
      finding.reach === "agent"
        ? finding
        : {
            ...finding,
            what: `${finding.what}; pdm fetches such an address without asking the proxy of \`countermark run\``,
          },
    );
}

async function checkLock(path: string): Promise<readonly Finding[]> {
  let locked;
  try {
    locked = await readLock(path);
  } catch (error) {
    if (error instanceof ClientError && error.code === "USAGE") return []; // there is none
    throw error;
  }
  const urls =
    readPlainFile(path, { followLinks: false, maxBytes: 64 * 1024 * 1024 })?.includes('"static_urls"') === true;
  const found = locked.flatMap(({ project, origin }) =>
    origin.kind === "elsewhere" ? [elsewhere(path, project, origin.what)] : [],
  );
  if (!urls) return found;
  return [
    ...found,
    {
      ...{ check: "pdm-static-urls", reach: "run", where: path },
      what: "the lock file has addresses in place of names (static_urls), which pdm fetches as they stand, on https without asking any proxy",
      fix: "run pdm lock --strategy no_static_urls, then countermark lock verify pdm.lock",
    },
  ];
}

function checkRequirements(path: string): Promise<readonly Finding[]> {
  const content = readPlainFile(path, { followLinks: false, maxBytes: MAX_BYTES });
  const { options, projects } = readRequirements(content ?? "");
  const lines = options
    .filter(({ option }) => INDEX_OPTIONS.has(option))
    .map(({ option, value }): Finding => {
      if (option === "--find-links" && isLocalPlace(value)) return localFiles(path, `${option} ${value}`);
      const what = `${option} ${value}: pip asks this place whatever its settings say`;
      return {
        check: "requirements",
        reach: "agent",
        where: path,
        what,
        fix: "take the line out: the index is set from outside",
      };
    });
  const direct = projects.flatMap(({ project, origin }) =>
    origin.kind === "elsewhere" && !isLocalPlace(origin.what.replace(/^url /, ""))
      ? [elsewhere(path, project, origin.what)]
      : [],
  );
  const archives = projects.flatMap(({ origin }) =>
    origin.kind === "elsewhere" && ARCHIVE.test(origin.what) && isLocalPlace(origin.what.replace(/^url /, ""))
      ? [localFiles(path, origin.what)]
      : [],
  );
  return Promise.resolve([...lines, ...direct, ...archives]);
}
