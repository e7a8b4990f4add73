import { isName, normaliseName } from "@countermark/packaging";
import { sha256Of, lockedFile } from "./lock-table.ts";
import type { LockedProject, Origin } from "./locked-project.ts";

/** A line of `requirements.txt` that names no project: where it sends the installer. */
export interface RequirementsOption {
  /** `--index-url`, `--extra-index-url`, `--find-links`, `--requirement` … */
  readonly option: string;
  readonly value: string;
}

/** What a `requirements.txt` says. */
export interface Requirements {
  readonly projects: readonly LockedProject[];
  readonly options: readonly RequirementsOption[];
}

const SHORT: Readonly<Record<string, string>> = {
  "-i": "--index-url",
  "-f": "--find-links",
  "-r": "--requirement",
  "-c": "--constraint",
  "-e": "--editable",
};

/** Reads a `requirements.txt` as pip does: comments, continued lines, options. Lines it cannot read are projects from elsewhere. */
export function readRequirements(content: string): Requirements {
  const projects: LockedProject[] = [];
  const options: RequirementsOption[] = [];
  for (const line of logicalLines(content)) {
    if (!line.startsWith("-")) projects.push(readRequirement(line));
    else {
      const [, flag = "", value = ""] = /^(--?[a-z-]+)(?:\s*=\s*|\s+|$)?(.*)$/i.exec(line) ?? [];
      options.push({ option: SHORT[flag] ?? flag, value: value.trim() });
    }
  }
  return { projects, options };
}

/** Continued lines are joined first, comments taken out then: the order that pip has. */
function* logicalLines(content: string): Generator<string> {
  for (const line of content.replace(/\\\r?\n/g, " ").split(/\r?\n/)) {
    const text = line.replace(/(^|\s)#.*$/, "").trim();
    if (text !== "") yield text;
  }
}

function readRequirement(line: string): LockedProject {
  const hashes = [...line.matchAll(/\s--hash[=\s](\S+)/g)].map(([, hash]) => lockedFile(undefined, sha256Of(hash)));
  const [requirement = ""] = line.split(/\s--/);
  const [, name = "", rest = ""] = /^([A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*(.*)$/.exec(requirement) ?? [];
  const version = /^===?\s*([^\s;,]+)/.exec(rest)?.[1];
  const isProject = isName(name) && !/[/\\:]|^\.|\.(?:whl|tar\.gz|zip)$/.test(requirement.split(/[;@]/)[0] ?? "");
  return {
    project: isProject ? normaliseName(name) : requirement,
    ...(version !== undefined && { version }),
    origin: originOf(requirement, rest, isProject),
    files: hashes,
  };
}

function originOf(requirement: string, rest: string, isProject: boolean): Origin {
  if (rest.startsWith("@")) return { kind: "elsewhere", what: `url ${rest.slice(1).trim()}` };
  return isProject ? { kind: "index" } : { kind: "elsewhere", what: requirement };
}
