/**
 * `node test/bench/pages/first-rendering.ts [--files 10000] [--rounds 5]`: computing time of the first rendering of a
 * project's page, from the rows of a database on the disk to what is ready to send. Each figure is from a fresh process, in turn.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import type { SimpleMediaType } from "@countermark/packaging";
import { initialise } from "../../../packages/server/src/ceremony/init.ts";
import { openIndex } from "../../../packages/server/src/data-folder.ts";
import { PublishedCache } from "../../../packages/server/src/http/published.ts";
import { SimplePages } from "../../../packages/server/src/simple/pages.ts";
import { Scope } from "../../harness/scope.ts";
import { temporaryFolder } from "../../harness/temporary-folder.ts";

const FORMS = { json: "application/vnd.pypi.simple.v1+json", html: "text/html" } as const satisfies Record<
  string,
  SimpleMediaType
>;
const PROJECT = "big";
const UPLOADED = Date.parse("2026-06-01T00:00:00Z");
const CACHE_BYTES = 64 * 1024 * 1024;

interface Figure {
  readonly cpu: number;
  readonly elapsed: number;
}

/** Rows as an import makes them, without the files: a page is made of rows alone. */
async function prepare(data: string, keys: string, files: number): Promise<void> {
  const choices = { profile: "default", shards: 16, name: "Bench", publicUrl: undefined } as const;
  await initialise({ ...choices, data, keys, now: Date.now() });
  const index = await openIndex(data);
  await index.database.write(async (trx) => {
    await trx.insertInto("project").values({ name: PROJECT, shard: "0", changed_in: 1, listed: 1 }).execute();
    for (let number = 0; number < files; number += 1) await trx.insertInto("file").values(row(number)).execute();
  });
  await index.store.close();
}

function row(number: number) {
  const version = `${Math.floor(number / 4)}.0.${number % 4}`;
  const filename = `${PROJECT}-${version}-cp311-cp311-manylinux_2_17_x86_64.whl`;
  const digest = createHash("sha256").update(filename).digest("hex");
  return {
    project: PROJECT,
    filename,
    folded: filename,
    kind: "wheel" as const,
    version,
    sha256: digest,
    length: 1_000_000,
    upload_time: UPLOADED,
    requires_python: ">=3.9",
    core_metadata: digest,
    yanked: null,
    adopted: 1,
    published_in: 1,
    transaction_id: null,
    deleted_in: null,
  };
}

/** One rendering, in this process. */
async function render(data: string, form: keyof typeof FORMS): Promise<Figure> {
  const index = await openIndex(data);
  const pages = new SimplePages(index.store, new PublishedCache(index.store, CACHE_BYTES), index.settings.shards);
  await pages.project("none", FORMS[form]);
  const [before, started] = [process.cpuUsage(), performance.now()];
  const page = await pages.project(PROJECT, FORMS[form]);
  const elapsed = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  if (page === undefined) throw new Error("no page");
  await index.store.close();
  return { cpu: (user + system) / 1000, elapsed };
}

function median(values: readonly number[]): string {
  return ([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0).toFixed(0);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      files: { type: "string", default: "10000" },
      rounds: { type: "string", default: "5" },
      data: { type: "string" },
      form: { type: "string" },
    },
  });
  if (values.data !== undefined) {
    process.stdout.write(JSON.stringify(await render(values.data, values.form === "html" ? "html" : "json")));
    return;
  }
  const scope = new Scope();
  try {
    const folder = temporaryFolder(scope);
    const data = join(folder, "data");
    await prepare(data, join(folder, "keys"), Number(values.files));
    const figures = { json: [] as Figure[], html: [] as Figure[] };
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const form of ["json", "html"] as const) {
        const args = [...process.execArgv, fileURLToPath(import.meta.url), "--data", data, "--form", form];
        const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });
        if (status !== 0) throw new Error(stderr);
        figures[form].push(JSON.parse(stdout) as Figure);
      }
    }
    for (const form of ["json", "html"] as const) {
      const [cpu, elapsed] = [figures[form].map((one) => one.cpu), figures[form].map((one) => one.elapsed)];
      process.stdout.write(
        `${form}: ${median(cpu)} ms of CPU (least ${Math.min(...cpu).toFixed(0)}), ${median(elapsed)} ms elapsed (least ${Math.min(...elapsed).toFixed(0)})\n`,
      );
    }
  } finally {
    await scope.end();
  }
}

await main();
