/*
 * What a run makes of a trusted state, and of a cache, that somebody edited, tore, or brought from elsewhere: it heals what can
 * be fetched and verified again, and refuses the rest with a code, before its command starts. The control of every refusal is
 * the same home before the change.
 */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { programOf } from "../../tools/python/environments.ts";
import { countermark } from "../harness/commands.ts";
import { makeWheel } from "../harness/distributions/distributions.ts";
import { importFiles, initIndex, serve } from "../harness/index-server.ts";
import { trust } from "../harness/installers.ts";
import { openSandbox, type Settings } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const made = await initIndex(sandbox, "index");
await importFiles(sandbox, made, [
  makeWheel({ name: "alphapkg", version: "1.0" }),
  makeWheel({ name: "betapkg", version: "1.0" }),
]);
const index = { ...made, ...(await serve(sandbox, made)) };
const foreign = await initIndex(sandbox, "foreign");
await importFiles(sandbox, foreign, [makeWheel({ name: "alphapkg", version: "9.0", source: "print('foreign')" })]);
const other = await serve(sandbox, foreign);

/** Asks for a page and its first file, as installers do, and prints what the file is. */
const ASK = `import hashlib, json, os, urllib.parse as p, urllib.request as r
index = os.environ["PIP_INDEX_URL"]
def ask(url, **headers): return r.urlopen(r.Request(url, headers=headers)).read()
for name in ("alphapkg", "betapkg"):
    page = json.loads(ask(index + name + "/", accept="application/vnd.pypi.simple.v1+json"))
    file = page["files"][0]
    got = hashlib.sha256(ask(p.urljoin(index + name + "/", file["url"]))).hexdigest()
    print(file["filename"], "genuine" if got == file["hashes"]["sha256"] else "FORGED")
`;
const GENUINE = "alphapkg-1.0-py3-none-any.whl genuine\nbetapkg-1.0-py3-none-any.whl genuine\n";
const python = programOf("pip-newest", "python");

interface Home {
  readonly settings: Settings;
  /** What is trusted. */
  readonly config: string;
  readonly cache: string;
  /** Changes the trusted state with SQL, as whoever may write there can. */
  readonly edit: (sql: string, ...values: (string | number | Uint8Array)[]) => void;
}

const warm = homeNamed("warm");
await trust(sandbox, index.url, index.fingerprint, { settings: warm.settings });
assert.deepEqual(await ask(warm), { code: 0, stdout: GENUINE, codes: [] }, "the control");
/** A state that trusts the foreign index. */
const foreigner = homeNamed("foreigner");
await trust(sandbox, other.url, foreign.fingerprint, { settings: foreigner.settings });

function homeNamed(name: string): Home {
  const settings = sandbox.otherHome(name);
  const home = settings["HOME"] ?? "";
  const config = join(home, ".config", "countermark");
  return {
    settings,
    config,
    cache: join(home, ".cache", "countermark"),
    edit(sql, ...values) {
      const database = new DatabaseSync(join(config, "trust.sqlite"), { enableForeignKeyConstraints: false });
      try {
        const { changes } = database.prepare(sql).run(...values);
        assert.ok(Number(changes) > 0 || sql.startsWith("PRAGMA"), `nothing to change: ${sql}`);
      } finally {
        database.close();
      }
    },
  };
}

/** A home like the warm one. */
function copyOfWarm(name: string): Home {
  const home = homeNamed(name);
  for (const kind of ["config", "cache"] as const) cpSync(warm[kind], home[kind], { recursive: true });
  return home;
}

async function ask({ settings }: Pick<Home, "settings">) {
  const { code, stdout, stderr } = await sandbox.run(countermark, ["run", "--", python, "-c", ASK], { settings });
  return { code, stdout, codes: [...stderr.matchAll(/^error\[(\w+)\]: [^\n]*\n\nhint: /gm)].map(([, found]) => found) };
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

const blob = (home: Home, column: string, where: string): Uint8Array => {
  const database = new DatabaseSync(join(home.config, "trust.sqlite"), { readOnly: true });
  try {
    return database.prepare(`SELECT ${column} AS found FROM ${where}`).get()?.["found"] as Uint8Array;
  } finally {
    database.close();
  }
};

const tear = (path: string): void => {
  truncateSync(path, Math.floor(statSync(path).size / 2));
};

/** Changes that a run mends by itself: it verifies again, and goes on from what it finds. */
const HEALED: Readonly<Record<string, (home: Home) => void>> = {
  "verdicts on files that were never verified": ({ edit }) => {
    edit("UPDATE verdict SET file = hex(randomblob(32)), delegator = hex(randomblob(32))");
  },
  "no verdicts, floors or online files at all: the state of whoever was just pinned": ({ edit }) => {
    for (const table of ["verdict", "floor", "trusted"]) edit(`DELETE FROM ${table} WHERE role != 'root'`);
  },
  "a write-ahead log that is torn": ({ config }) => {
    writeFileSync(join(config, "trust.sqlite-wal"), Buffer.alloc(5000, 7));
  },
  "cached files with each other's content": ({ cache }) => {
    const files = filesBelow(cache).filter((path) => /\/[0-9a-f]{64}$/.test(path));
    assert.ok(files.length > 4);
    const contents = files.map((path) => readFileSync(path));
    for (const [at, path] of files.entries()) writeFileSync(path, contents[(at + 1) % files.length] ?? "");
  },
  "cached files that are torn": ({ cache }) => {
    for (const path of filesBelow(cache)) tear(path);
  },
  "a cache folder that is gone": ({ cache }) => {
    rmSync(cache, { recursive: true });
  },
};

/** Changes that nobody but the user can judge. */
const REFUSED: Readonly<Record<string, readonly [code: string, change: (home: Home) => void]>> = {
  "the root of another index": [
    "METADATA_SIGNATURE",
    (home) => {
      home.edit("UPDATE trusted SET bytes = ? WHERE role = 'root'", blob(foreigner, "first_root", "repository"));
    },
  ],
  "the whole state of another index, under this one's address": [
    "METADATA_SIGNATURE",
    ({ config, edit }) => {
      cpSync(foreigner.config, config, { recursive: true });
      edit("UPDATE repository SET url = ?", `${index.url}/`);
    },
  ],
  "a root that is cut off": [
    "STATE_UNUSABLE",
    ({ edit }) => {
      edit("UPDATE trusted SET bytes = substr(bytes, 1, 100) WHERE role = 'root'");
    },
  ],
  "no root": [
    "STATE_UNUSABLE",
    ({ edit }) => {
      edit("DELETE FROM trusted WHERE role = 'root'");
    },
  ],
  "a timestamp that cannot be read: with it the index could go back unseen": [
    "STATE_UNUSABLE",
    ({ edit }) => {
      edit("UPDATE trusted SET bytes = ? WHERE role = 'timestamp'", Buffer.from("{}"));
    },
  ],
  "a snapshot that cannot be read": [
    "STATE_UNUSABLE",
    ({ edit }) => {
      edit("UPDATE trusted SET bytes = substr(bytes, 2) WHERE role = 'snapshot'");
    },
  ],
  "floors that the index has not reached": [
    "METADATA_ROLLBACK",
    ({ edit }) => {
      edit("UPDATE floor SET version = version + 1000");
    },
  ],
  "a time that has not come": [
    "CLOCK_BEHIND",
    ({ edit }) => {
      edit("UPDATE repository SET trusted_time = ?", Date.now() + 400 * 24 * 60 * 60 * 1000);
    },
  ],
  "a file that is torn": [
    "STATE_UNUSABLE",
    ({ config }) => {
      for (const name of ["trust.sqlite-wal", "trust.sqlite-shm"]) rmSync(join(config, name), { force: true });
      tear(join(config, "trust.sqlite"));
    },
  ],
  "a file of something else": [
    "STATE_UNUSABLE",
    ({ config }) => {
      writeFileSync(join(config, "trust.sqlite"), "not a database, but long enough to be looked at as one".repeat(99));
    },
  ],
  "tables that are not ours": [
    "STATE_UNUSABLE",
    ({ edit }) => {
      edit("PRAGMA user_version = 0");
    },
  ],
  "a folder in the file's place": [
    "STATE_UNUSABLE",
    ({ config }) => {
      rmSync(join(config, "trust.sqlite"));
      mkdirSync(join(config, "trust.sqlite"));
    },
  ],
  "a cache whose files are folders": [
    "CACHE_UNUSABLE",
    ({ cache }) => {
      for (const path of filesBelow(cache)) {
        rmSync(path);
        mkdirSync(path);
      }
    },
  ],
  "a state without an index": [
    "TRUST_MISSING",
    ({ edit }) => {
      edit("DELETE FROM repository");
    },
  ],
};

for (const [what, change] of Object.entries(HEALED)) {
  test(`mended: ${what}`, async () => {
    const home = copyOfWarm(`mended-${Object.keys(HEALED).indexOf(what)}`);
    change(home);
    assert.deepEqual(await ask(home), { code: 0, stdout: GENUINE, codes: [] });
    assert.deepEqual(await ask(home), { code: 0, stdout: GENUINE, codes: [] }, "and so it stays");
  });
}

for (const [what, [code, change]] of Object.entries(REFUSED)) {
  test(`refused: ${what}`, async () => {
    const home = copyOfWarm(`refused-${Object.keys(REFUSED).indexOf(what)}`);
    change(home);
    const { code: exit, stdout, codes } = await ask(home);
    assert.deepEqual([stdout, codes], ["", [code]]);
    assert.notEqual(exit, 0);
  });
}

test(
  "refused: a state that cannot be written to",
  { skip: process.getuid?.() === 0 && "root may write anywhere" },
  async () => {
    const home = copyOfWarm("read-only");
    const ending = await sandbox.run("chmod", ["-R", "a-w", home.config]);
    assert.equal(ending.code, 0);
    assert.deepEqual((await ask(home)).codes, ["STATE_UNUSABLE"]);
    await sandbox.run("chmod", ["-R", "u+w", home.config]);
  },
);

test("a stale state goes on from where it was, and never takes the newer one along", async () => {
  const stale = copyOfWarm("stale");
  await importFiles(sandbox, made, [makeWheel({ name: "gammapkg", version: "1.0" })]);
  const before = await ask(warm);
  assert.equal(before.code, 0);
  assert.deepEqual(await ask(stale), { code: 0, stdout: GENUINE, codes: [] });
  const version = (home: Home) => Number(blob(home, "version", "trusted WHERE role = 'timestamp'"));
  assert.equal(version(stale), version(warm));
});
