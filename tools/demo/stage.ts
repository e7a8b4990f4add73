import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { announcedUrl } from "../../test/harness/index-server.ts";
import { Recording } from "../../test/harness/mirror/attacks.ts";
import { startMirror, type Mirror } from "../../test/harness/mirror/mirror.ts";
import type { Ending } from "../../test/harness/processes.ts";
import { openSandbox, type Sandbox, type Settings } from "../../test/harness/sandbox.ts";
import type { Scope } from "../../test/harness/scope.ts";
import { environmentOf, setUpTools } from "../python/environments.ts";
import { fetchPackages } from "../python/packages.ts";
import { checkout } from "../python/places.ts";
import type { Screen } from "./screen.ts";

/** Longest that the index runs: longer than any demo. */
const SERVE_TIMEOUT_MS = 15 * 60_000;

/** How a command is shown. */
export interface Showing {
  /** Which lines of what it said are shown; all, if left out. */
  readonly keep?: RegExp;
  /** Whether it is meant to fail. */
  readonly fails?: boolean;
}

/** Something ended otherwise than the story tells: a defect of the demo or of what it shows. */
export class StoryError extends Error {
  override readonly name = "StoryError";
}

/** The place where the story is played: it shows commands and runs exactly what it shows. */
export class Stage {
  readonly screen: Screen;
  readonly #scope: Scope;
  readonly #sandbox: Sandbox;
  readonly #started: number = performance.now();

  private constructor(screen: Screen, scope: Scope, sandbox: Sandbox) {
    this.screen = screen;
    this.#scope = scope;
    this.#sandbox = sandbox;
  }

  /** How long it has taken so far, without what was fetched once. */
  get seconds(): number {
    return Math.round((performance.now() - this.#started) / 1000);
  }

  /** A path on the stage. */
  path(...names: readonly string[]): string {
    return join(this.#sandbox.folder, ...names);
  }

  /** Fetches what is needed, once, and makes the folder anew. Real packages lie in its folder `packages`. */
  static async setUp(screen: Screen, scope: Scope, folder: string): Promise<Stage> {
    const tell = (line: string): void => {
      screen.output([line]);
    };
    await screen.waiting(setUpTools(tell));
    const packages = await screen.waiting(fetchPackages("demo-packages", tell));
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    cpSync(packages, join(folder, "packages"), { recursive: true, filter: (path) => !path.endsWith(".stamp") });
    return new Stage(screen, scope, await openSandbox(scope, folder));
  }

  /** Shows a command, runs it, and shows what it said. Throws when it ends otherwise than the story needs. */
  async show(line: string, { keep = /./, fails = false }: Showing = {}): Promise<Ending> {
    this.screen.command(line);
    const { program, args, settings } = parse(line);
    // Descriptors are a shell's business: a command that reads a secret from one is given to a shell.
    const ending = await this.screen.waiting(
      /\s\d<\S/.test(line)
        ? this.#sandbox.run("/bin/sh", ["-c", line], { settings: programsOnPath() })
        : this.#sandbox.run(program, args, { settings }),
    );
    this.screen.output(ending.output.split("\n").filter((text) => keep.test(text)));
    if ((ending.code !== 0) === fails) return ending;
    throw new StoryError(`\`${line}\` ended with ${ending.code}:\n${ending.output}`);
  }

  /** Starts the index, and a mirror before it that records all that it passes on. */
  async open(line: string): Promise<{ url: string; mirror: Mirror; recording: Recording }> {
    this.screen.command(line);
    const { program, args, settings } = parse(line);
    const serving = this.#sandbox.start(program, args, { settings, timeoutMs: SERVE_TIMEOUT_MS });
    this.#scope.after(() => serving.stop());
    const url = await announcedUrl(serving);
    this.screen.output([`${url}/`]);
    const mirror = await startMirror(this.#scope, url);
    const recording = new Recording();
    mirror.attackWith(recording.record);
    return { url, mirror, recording };
  }
}

/** The commands of this checkout, the fetched pip, uv and Python, and the system's, found by their short names. */
function programsOnPath(): Settings {
  const bins = [join(checkout, "bin"), join(environmentOf("pip-newest"), "bin"), join(environmentOf("uv"), "bin")];
  return { PATH: [...bins, join(process.execPath, ".."), "/usr/bin", "/bin"].join(":") };
}

/** Reads a command line: settings as `NAME=value`, a program, arguments; double quotes keep words together. */
function parse(line: string): { program: string; args: string[]; settings: Settings } {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
  const start = words.findIndex((word) => !/^[A-Z]+=/.test(word));
  const settings = words.slice(0, start).map((word) => word.split("=", 2) as [string, string]);
  const [program = "", ...args] = words.slice(start);
  return { program, args, settings: { ...programsOnPath(), ...Object.fromEntries(settings) } };
}
