/* Offline keys under a passphrase, from `init` to the ceremony, by the real commands: at a terminal and by a descriptor. */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { countermark, countermarkServer } from "../harness/commands.ts";
import { withSecrets } from "../harness/developers.ts";
import type { Ending } from "../harness/processes.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";
import { converseIn, type Step } from "../harness/terminal/terminal.ts";

const PHRASE = "wired rebuff mangle squint yo-yo drizzle t-shirt";
const WRONG = "wired rebuff mangle squint yo-yo drizzle drizzle";
const OWN = "Moritz steals 3 plums behind the ruined windmill";
const FD = ["--passphrase-fd", "3"];
const FILES = ["root.json", "targets.json", "shards.json"];
const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const at = (...names: string[]): string => join(sandbox.folder, ...names);
const [data, keys, bundle] = [at("sealed", "data"), at("sealed", "keys"), at("bundle.json")];
const init = (...options: string[]): string[] => [countermarkServer, "init", "--shards", "16", ...options];
const made = await withSecrets(sandbox, [PHRASE], init("--data", data, "--keys", keys, ...FD));
assert.equal(made.code, 0, made.output);

/** Everything in a folder, by name. */
function contents(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "latin1")]));
}

function mustRefuse({ code, stderr, output }: Ending, error: string): void {
  assert.notEqual(code, 0, output);
  assert.match(stderr, new RegExp(`^error\\[${error}\\]`, "m"), output);
}

const renew = (folder: string, ...secrets: string[]) =>
  withSecrets(sandbox, secrets, [
    ...[countermarkServer, "ceremony", "renew", "--data", data, "--keys", folder],
    ...(secrets.length > 0 ? FD : []),
  ]);
const sign = (folder: string, out: string, ...secrets: string[]) =>
  withSecrets(sandbox, secrets, [
    ...[countermark, "ceremony", "sign", bundle, "--keys", folder, "--out", out],
    ...(secrets.length > 0 ? FD : []),
  ]);

/** A copy of the folder in which one file is another. */
function copyWith(name: string, file: string, change: (text: string) => string): string {
  const folder = at(name);
  cpSync(keys, folder, { recursive: true });
  const path = join(folder, file);
  writeFileSync(path, change(readFileSync(path, "utf8")), { mode: 0o600 });
  return folder;
}

test("init seals what it writes, and says so", () => {
  assert.doesNotMatch(made.output, /warning/);
  for (const name of FILES) {
    const file = JSON.parse(readFileSync(join(keys, name), "utf8")) as Record<string, unknown>;
    assert.deepEqual(Object.keys(file), ["countermark-key", "role", "scheme", "keyid", "sealed"]);
  }
});

test("init makes nothing without a terminal, a descriptor or the word for keys in clear, nor under a weak passphrase", async () => {
  const folders = ["--data", at("none", "data"), "--keys", at("none", "keys")];
  mustRefuse(await sandbox.run(countermarkServer, ["init", ...folders]), "PROMPT_NEEDED");
  mustRefuse(await withSecrets(sandbox, ["password1"], init(...folders, ...FD, "--own-passphrase")), "IDENTITY_WEAK");
  mustRefuse(await withSecrets(sandbox, ["no words of the list"], init(...folders, ...FD)), "IDENTITY_PHRASE");
  for (const folder of ["data", "keys"]) {
    const path = at("none", folder);
    assert.deepEqual(existsSync(path) ? readdirSync(path) : [], []);
  }
});

test("a ceremony of one is held with the passphrase alone; otherwise nothing is signed or written", async () => {
  const before = contents(keys);
  mustRefuse(await renew(keys), "PROMPT_NEEDED");
  mustRefuse(await renew(keys, WRONG), "IDENTITY_UNLOCK");
  assert.deepEqual(contents(keys), before);
  const renewed = await renew(keys, PHRASE);
  assert.match(renewed.stdout, /^ceremony 2: /m, renewed.output);
  assert.equal(renewed.stderr, "");
});

test("a bundle is signed with the passphrase alone, and its signatures are published", async () => {
  const proposed = await sandbox.run(countermarkServer, ["propose", "--data", data, "--out", bundle]);
  assert.equal(proposed.code, 0, proposed.output);
  const before = contents(keys);
  const out = at("holder.signatures");
  mustRefuse(await sign(keys, out), "PROMPT_NEEDED");
  const turned = copyWith("turned", "root.json", (text) =>
    text.replace(/(.)(?==*\\n-----END)/, (last) => (last === "A" ? "B" : "A")),
  );
  const cut = copyWith("cut", "root.json", (text) => text.replace(/.{40}\\n-----END/, "\\n-----END"));
  const swapped = copyWith("swapped", "root.json", (text) => {
    const other = (JSON.parse(readFileSync(join(keys, "targets.json"), "utf8")) as { sealed: string }).sealed;
    return JSON.stringify({ ...(JSON.parse(text) as object), sealed: other });
  });
  mustRefuse(await sign(turned, out, PHRASE), "IDENTITY_UNLOCK");
  mustRefuse(await sign(cut, out, PHRASE), "IDENTITY_KEY_FILE");
  mustRefuse(await sign(swapped, out, PHRASE), "CEREMONY_KEYS");
  assert.ok(!existsSync(out));
  assert.deepEqual(contents(keys), before);

  const steps: readonly Step[] = [["Passphrase of the offline keys in [^:]*to sign ceremony 3: ", `${PHRASE}\r`]];
  const args = [countermark, "ceremony", "sign", bundle, "--keys", keys, "--out", out];
  const signed = await converseIn(sandbox, args, steps);
  assert.equal(signed.code, 0, signed.shown);
  assert.doesNotMatch(signed.shown, /rebuff|warning/);
  const applied = await sandbox.run(countermarkServer, ["apply", "--data", data, "--bundle", bundle, out]);
  assert.match(applied.stdout, /^ceremony 3: /m, applied.output);
});

test("a folder in clear still signs, with a warning; sealing it changes nothing but that", async () => {
  const index = { data: at("clear", "data"), keys: at("clear", "keys") };
  const [program = "", ...args] = init("--data", index.data, "--keys", index.keys, "--unsealed-keys");
  assert.match((await sandbox.run(program, args)).stderr, /^warning: the offline keys are not sealed/m);
  const hold = (...more: string[]) => [
    ...[countermarkServer, "ceremony", "renew", "--data", index.data, "--keys", index.keys],
    ...more,
  ];
  const warned = await sandbox.run(countermarkServer, hold().slice(1));
  assert.equal(warned.code, 0, warned.output);
  assert.match(warned.stderr, /^warning: .* not sealed[^]*^hint: countermark ceremony seal /m);

  const before = contents(index.keys);
  const steps: readonly Step[] = [
    ["A passphrase of your own: ", `${OWN}\r`],
    ["The same once more: ", `${OWN}\r`],
  ];
  const sealed = await converseIn(sandbox, [countermark, "ceremony", "seal", index.keys, "--own-passphrase"], steps);
  assert.equal(sealed.code, 0, sealed.shown);
  const after = contents(index.keys);
  assert.deepEqual(Object.keys(after).sort(), Object.keys(before).sort());
  for (const name of FILES) {
    const seed = /"seed": "([0-9a-f]{64})"/.exec(before[name] ?? "")?.[1] ?? assert.fail();
    assert.ok(!after[name]?.includes(seed), name);
  }
  const again = ["ceremony", "seal", index.keys, "--own-passphrase", ...FD, "--present-passphrase-fd", "4"];
  mustRefuse(await withSecrets(sandbox, [`${OWN} twice`, "not it"], [countermark, ...again]), "IDENTITY_UNLOCK");
  assert.deepEqual(contents(index.keys), after);
  const changed = await withSecrets(sandbox, [`${OWN} twice`, OWN], [countermark, ...again]);
  assert.equal(changed.code, 0, changed.output);
  const renewed = await withSecrets(sandbox, [`${OWN} twice`], hold(...FD));
  assert.equal(renewed.code, 0, renewed.output);
  assert.equal(renewed.stderr, "");
});

test("a sealed key is no key to sign with by oneself: the index refuses it in place of an online one", async () => {
  const folder = at("online");
  mkdirSync(folder);
  cpSync(data, folder, { recursive: true });
  const path = join(folder, "keys", "timestamp.json");
  const own = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  const { sealed } = JSON.parse(readFileSync(join(keys, "root.json"), "utf8")) as Record<string, unknown>;
  const { seed, ...rest } = own;
  assert.equal(typeof seed, "string");
  writeFileSync(path, JSON.stringify({ ...rest, sealed }), { mode: 0o600 });
  mustRefuse(await sandbox.run(countermarkServer, ["serve", "--data", folder, "--port", "0"]), "KEY_FILE");
});
