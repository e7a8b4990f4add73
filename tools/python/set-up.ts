/**
 * Fetches and sets up what this checkout needs of Python, once: `node tools/python/set-up.ts [tools|demo-packages|bench-packages|node-binaries]...`
 */
import { setUpTools } from "./environments.ts";
import { SetUpError } from "./errors.ts";
import { fetchPackages } from "./packages.ts";

const tell = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

try {
  await setUpTools(tell);
  for (const part of process.argv.slice(2)) {
    if (part === "demo-packages" || part === "bench-packages" || part === "node-binaries")
      await fetchPackages(part, tell);
    else if (part !== "tools") throw new SetUpError(`no part is called ${part}`, "see the first lines of this script");
  }
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  process.stderr.write(`error: ${error.message}\n\nhint: ${error.hint}\n`);
  process.exitCode = 69;
}
