import assert from "node:assert/strict";
import { countermark } from "../harness/commands.ts";
import { makeWheel, type Distribution } from "../harness/distributions/distributions.ts";
import { importFiles, initIndex, serve, startIndex, type Index, type Serving } from "../harness/index-server.ts";
import {
  hasModule,
  importing,
  installPlainly,
  installVerified,
  type Installation,
  type Installer,
} from "../harness/installers.ts";
import { Recording } from "../harness/mirror/attacks.ts";
import { startMirror, type Mirror } from "../harness/mirror/mirror.ts";
import type { Ending } from "../harness/processes.ts";
import { openSandbox, type Options, type Sandbox, type Settings } from "../harness/sandbox.ts";
import type { Scope } from "../harness/scope.ts";

/** What the attacker's modules print when they are imported. */
export const ATTACKER = "the attacker's code";

const SOURCE_LENGTH = 200;

/** A wheel of the attacker's under a name and version of their choice. */
export function attackersWheel(name: string, version: string, requires: readonly string[] = []): Distribution {
  return makeWheel({ name, version, requires, source: padded(`print("${ATTACKER}")`) });
}

/** The wheel that the index holds: the attacker's can be made exactly as long. */
export function genuineWheel(version: string): Distribution {
  return makeWheel({
    ...{ name: "alphapkg", version, requires: ["betapkg"] },
    source: padded(`print("alphapkg ${version}")`),
  });
}

function padded(source: string): string {
  return `${source} #`.padEnd(SOURCE_LENGTH, "#") + "\n";
}

/** An index with `alphapkg` 1.0, which needs `betapkg`, and with `evilpkg`, a project of the attacker's. */
export interface Lab {
  readonly sandbox: Sandbox;
  readonly index: Index & Serving;
  /** Somebody who has pinned the index under the address of a mirror of their own. */
  user(name: string): Promise<User>;
  /** The same person before pinning. */
  newcomer(name: string): Promise<User>;
  /** Publishes the next version of `alphapkg`, say a security release, and returns what it says when imported. */
  release(): Promise<string>;
  /** URL of another index, on which the attacker has registered `alphapkg`, in a version that nobody would prefer. */
  secondIndex(): Promise<string>;
}

/** Somebody who installs through a mirror, with a home folder of their own. */
export interface User {
  readonly mirror: Mirror;
  /** What the mirror has answered until it was given an attack. */
  readonly recording: Recording;
  readonly settings: Settings;
  plainly(installer: Installer, requirements: readonly string[], second?: string): Promise<Installation>;
  verified(installer: Installer, requirements: readonly string[], options?: Options): Promise<Installation>;
  /** Pins the index with the right fingerprint. */
  pin(): Promise<Ending>;
}

/** Opens a lab; it closes with the scope. */
export async function openLab(scope: Scope): Promise<Lab> {
  const sandbox = await openSandbox(scope);
  const beta = makeWheel({ name: "betapkg", version: "1.0" });
  const index = await startIndex(sandbox, [genuineWheel("1.0"), beta, attackersWheel("evilpkg", "1.0")]);
  let minor = 0;
  let second: Promise<string> | undefined;
  return {
    sandbox,
    index,
    user: async (name) => {
      const user = await newUser(sandbox, index, name);
      const ending = await user.pin();
      assert.equal(ending.code, 0, ending.output);
      return user;
    },
    newcomer: (name) => newUser(sandbox, index, name),
    release: async () => {
      minor += 1;
      await importFiles(sandbox, index, [genuineWheel(`1.${minor}`)]);
      return `alphapkg 1.${minor}`;
    },
    secondIndex: () => (second ??= openSecondIndex(sandbox)),
  };
}

async function openSecondIndex(sandbox: Sandbox): Promise<string> {
  const index = await initIndex(sandbox, "second");
  await importFiles(sandbox, index, [attackersWheel("alphapkg", "0.1")]);
  return (await serve(sandbox, index)).url;
}

async function newUser(sandbox: Sandbox, index: Index & Serving, name: string): Promise<User> {
  const mirror = await startMirror(sandbox.scope, index.url);
  const settings = sandbox.otherHome(name.replaceAll(" ", "-"));
  const recording = new Recording();
  mirror.attackWith(recording.record);
  return {
    mirror,
    recording,
    settings,
    plainly: (installer, requirements, second) =>
      installPlainly(sandbox, installer, mirror.url, requirements, {
        settings: { ...settings, ...installer.plain(mirror.url, second) },
      }),
    verified: (installer, requirements, options) =>
      installVerified(sandbox, installer, requirements, {
        ...options,
        settings: { ...settings, ...installer.plain(mirror.url), ...options?.settings },
      }),
    pin: () => sandbox.run(countermark, ["trust", `${mirror.url}/`, "--root", index.fingerprint], { settings }),
  };
}

/** The control: without the agent the attack succeeds, and the installed module says what the attacker wanted. */
export async function attackSucceeds(
  lab: Lab,
  user: User,
  installer: Installer,
  wanted: { readonly module?: string; readonly says?: string; readonly second?: string } = {},
): Promise<void> {
  const control = await user.plainly(installer, ["alphapkg"], wanted.second);
  assert.equal(control.code, 0, control.output);
  const says = await importing(lab.sandbox, control.target, wanted.module ?? "alphapkg");
  assert.equal(says, wanted.says ?? ATTACKER);
}

/** Through the agent nothing is installed, the exit code says so, and so does a reason on stderr. */
export async function attackIsRefused(
  user: User,
  installer: Installer,
  reason: RegExp,
  { second, ...options }: Options & { readonly second?: string } = {},
): Promise<void> {
  const settings = { ...installer.plain(user.mirror.url, second), ...options.settings };
  const refused = await user.verified(installer, ["alphapkg"], { ...options, settings });
  assert.notEqual(refused.code, 0, refused.output);
  assert.match(refused.stderr, reason);
  for (const module of ["alphapkg", "evilpkg"]) assert.equal(hasModule(refused.target, module), false);
}
