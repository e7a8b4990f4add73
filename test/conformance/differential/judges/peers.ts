import { join } from "node:path";
import { goProgram, GoMissing } from "../../../../tools/go/set-up.ts";
import { programOf, setUpTools } from "../../../../tools/python/environments.ts";
import { SetUpError } from "../../../../tools/python/errors.ts";
import type { Judge } from "../case.ts";
import { judgeByProcess } from "./process.ts";

/** A peer that cannot judge here, and why. */
export interface MissingJudge {
  readonly name: string;
  readonly missing: string;
}

type Tell = (line: string) => void;

/** The peers by name, set up when asked for. */
export const PEERS: ReadonlyMap<string, (tell: Tell) => Promise<Judge | MissingJudge>> = new Map([
  ["python-tuf", pythonTuf],
  ["tuf-js", tufJs],
  ["go-tuf", goTuf],
]);

function judgeOf(name: string, ...command: readonly string[]): Judge {
  return { name, judge: (cases) => judgeByProcess(command, cases) };
}

async function pythonTuf(tell: Tell): Promise<Judge | MissingJudge> {
  const name = "python-tuf";
  try {
    await setUpTools(tell);
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    return { name, missing: error.message };
  }
  return judgeOf(name, programOf("tuf", "python"), "-I", "-W", "ignore", join(import.meta.dirname, "python_tuf.py"));
}

function tufJs(): Promise<Judge> {
  return Promise.resolve(judgeOf("tuf-js", process.execPath, join(import.meta.dirname, "tuf-js.mjs")));
}

async function goTuf(tell: Tell): Promise<Judge | MissingJudge> {
  const name = "go-tuf";
  try {
    return judgeOf(name, await goProgram("judge", tell));
  } catch (error) {
    if (!(error instanceof GoMissing)) throw error;
    return { name, missing: error.message };
  }
}
