import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { SetUpError } from "./errors.ts";

const run = promisify(execFile);

/** A Python, such as the machine's own `python3`, from which every environment is made. */
export interface Interpreter {
  /** Absolute path, links resolved, so that it works without the user's PATH. */
  readonly executable: string;
  /** What a compiled wheel depends on, such as `cpython-311-linux-x86_64`. */
  readonly tag: string;
}

const QUESTION = `
import json, os, sys, sysconfig
import ensurepip, venv
print(json.dumps({
    "executable": os.path.realpath(sys.executable),
    "version": sys.version_info[:2],
    "tag": sys.implementation.cache_tag + "-" + sysconfig.get_platform(),
}))
`;
const OLDEST = [3, 10] as const;

/** Asks a Python about itself; {@link SetUpError} when it is missing, or cannot make environments. */
export async function askInterpreter(program = "python3"): Promise<Interpreter> {
  const answer = await run(program, ["-c", QUESTION]).catch((cause: unknown) => {
    throw new SetUpError(
      `${program} is missing, or has no venv module`,
      "install Python 3.10 or newer; on Debian and Ubuntu also the package python3-venv",
      { cause },
    );
  });
  const { executable, version, tag } = JSON.parse(answer.stdout) as Interpreter & { version: [number, number] };
  const [major, minor] = version;
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new SetUpError(`${program} is ${major}.${minor}, too old`, `install Python ${OLDEST.join(".")} or newer`);
  }
  return { executable, tag };
}
