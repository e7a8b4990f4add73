/*
 * Whoever reads everything that a command leaves behind (its output, what it keeps, the index's database and log, its command
 * line and environment, a core dump of its end) finds nothing of the passphrase. Real commands, with a descriptor and at a
 * terminal, with right and with wrong passphrases, and with Node's own debugging output on.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { countermark, countermarkServer } from "../harness/commands.ts";
import { withSecrets } from "../harness/developers.ts";
import { makeWheel, writeDistributions } from "../harness/distributions/distributions.ts";
import { initIndex, serve, type Index, type Serving } from "../harness/index-server.ts";
import { trust } from "../harness/installers.ts";
import { openSandbox, type Sandbox, type Settings } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import { converseIn } from "../harness/terminal/terminal.ts";
import { formsOf, tracesBelow, tracesIn, type Trace } from "../harness/traces/traces.ts";

const PHRASE = "wired rebuff mangle squint yo-yo drizzle t-shirt";
const WRONG = "drizzle yo-yo squint wired t-shirt mangle rebuff";
const FORMS = [PHRASE, WRONG].flatMap(formsOf);
const FD = ["--passphrase-fd", "3"];
const LINUX_ONLY = { skip: process.platform !== "linux" && "memory is read through /proc/self/mem" };

const scope = new Scope();
let sandbox: Sandbox;
let index: Index & Serving;
const at = (name: string): string => join(sandbox.folder, name);

before(async () => {
  sandbox = await openSandbox(scope);
  const made = await initIndex(sandbox);
  index = { ...made, ...(await serve(sandbox, made)) };
  await trust(sandbox, index.url, made.fingerprint);
});
after(() => scope.end());

/** Settings with which a command says all it can and dumps its memory at its end. */
function watched(folder: string): Settings {
  return {
    NODE_OPTIONS: `--import=${join(import.meta.dirname, "../harness/traces/dump-core.ts")}`,
    NODE_DEBUG: "http,https,net,tls,fs,stream,child_process,crypto,tty,module",
    TEST_CORE_FOLDER: folder,
  };
}

/** Runs a command, and looks at what it wrote and at how its process was in the end. */
async function leaves(
  command: readonly string[],
  error: string | undefined,
  run: (settings: Settings) => Promise<{ readonly code: number; readonly output: string }>,
): Promise<readonly Trace[]> {
  const folder = at("core");
  mkdirSync(folder);
  const { code, output } = await run(watched(folder));
  if (error === undefined) assert.equal(code, 0, output);
  else assert.match(output, new RegExp(`error\\[${error}\\]`));
  assert.ok(
    readdirSync(folder).some((name) => name.endsWith(".core")),
    "no memory was dumped",
  );
  const traces = [...tracesIn(command.slice(1, 3).join(" "), output, FORMS), ...tracesBelow(folder, FORMS)];
  rmSync(folder, { recursive: true });
  return traces;
}

const byDescriptor = (passphrase: string, command: readonly string[], error?: string) =>
  leaves(command, error, (settings) => withSecrets(sandbox, [passphrase], [...command, ...FD], { settings }));

const atTerminal = (passphrase: string, command: readonly string[], error?: string) =>
  leaves(command, error, async (settings) => {
    const { code, shown, steps } = await converseIn(sandbox, command, [["Passphrase of [^:]*: ", `${passphrase}\r`]], {
      settings,
    });
    assert.equal(steps, 1, shown);
    return { code, output: shown };
  });

test("login and publish leave nothing of a passphrase, be it right or wrong", LINUX_ONLY, async () => {
  const wheel = makeWheel({ name: "alphapkg", version: "1.0" });
  const publish = [countermark, "publish", join(writeDistributions(at("dist"), [wheel]), wheel.filename)];
  const login = [countermark, "login", `${index.url}/`, "--account", "ada"];
  assert.deepEqual(await byDescriptor(PHRASE, login), []);
  assert.deepEqual(await atTerminal(WRONG, publish, "ACCOUNT_KEYS"), []);
  assert.deepEqual(await atTerminal(PHRASE, publish), []);
});

test("sealed offline keys and what they sign leave nothing of it either", LINUX_ONLY, async () => {
  const [data, keys, bundle, out] = [at("data"), at("keys"), at("bundle.json"), at("holder.signatures")];
  const init = [countermarkServer, "init", "--data", data, "--keys", keys, "--shards", "16"];
  assert.deepEqual(await byDescriptor(PHRASE, init), []);
  const proposed = await sandbox.run(countermarkServer, ["propose", "--data", data, "--out", bundle]);
  assert.equal(proposed.code, 0, proposed.output);
  const sign = [countermark, "ceremony", "sign", bundle, "--keys", keys, "--out", out];
  assert.deepEqual(await byDescriptor(WRONG, sign, "IDENTITY_UNLOCK"), []);
  assert.deepEqual(await atTerminal(PHRASE, sign), []);
  assert.ok(existsSync(out));
});

test("what is kept on the disk, by the person and by the index, and the index's log know nothing of it", async () => {
  await index.process.stop();
  rmSync(at("secrets"), { recursive: true });
  assert.deepEqual(tracesBelow(sandbox.folder, FORMS), []);
  assert.deepEqual(tracesIn("the log", index.process.output(), FORMS), []);
});

test("the controls: what is planted is found", LINUX_ONLY, async () => {
  const planted = at("planted");
  writeFileSync(planted, PHRASE);
  const settings = { ...watched(at("core")), TEST_CORE_PLANTED: planted };
  mkdirSync(at("core"));
  await sandbox.run(countermark, ["identity", "phrase", PHRASE], { settings: { ...settings, PLANTED: PHRASE } });
  const places = new Set(
    tracesBelow(at("core"), FORMS).map(({ place, form }) => `${place.replace(/\d+/, "")} ${form}`),
  );
  for (const place of [".cmdline half 1 as UTF-8", ".environ half 2 as UTF-8", ".core half 1 as UTF-16"]) {
    assert.ok(places.has(place), `${place}: ${[...places].join(", ")}`);
  }
  rmSync(at("core"), { recursive: true });
  rmSync(planted);
  const whole = Buffer.from(PHRASE);
  const forms = [
    PHRASE,
    whole.toString("hex"),
    whole.toString("base64"),
    Buffer.from(`.${PHRASE}`).toString("base64url"),
  ];
  for (const [number, form] of [...forms, Buffer.from(PHRASE, "utf16le")].entries()) {
    writeFileSync(at(`planted-${number}`), Buffer.concat([Buffer.alloc(2 ** 24 - 20), Buffer.from(form)]));
    assert.notDeepEqual(tracesBelow(sandbox.folder, FORMS), [], `form ${number}`);
    rmSync(at(`planted-${number}`));
  }
});
