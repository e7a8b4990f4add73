import { request, type IncomingHttpHeaders } from "node:http";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { pino } from "pino";
import { writeDistributions, type Distribution } from "../../../test/harness/distributions/distributions.ts";
import { Scope, scopeOf } from "../../../test/harness/scope.ts";
import { temporaryFolder } from "../../../test/harness/temporary-folder.ts";
import type { IndexDescription } from "../src/ceremony/describe.ts";
import { initialise } from "../src/ceremony/init.ts";
import type { Clock } from "../src/clock.ts";
import { openIndex, type OpenIndex } from "../src/data-folder.ts";
import { importFiles, type Outcome } from "../src/import/import.ts";
import { walk } from "../src/import/walk.ts";
import { makePublisher } from "../src/publisher/make.ts";
import { startIndex, type RunningIndex, type ServeOptions } from "../src/serve.ts";
import type { UploadLimits } from "../src/upload/limits.ts";
import { NOW, SHARDS } from "./fixtures.ts";

/** An index in a temporary folder, in this process, with a clock that the test moves. */
export interface TestIndex {
  readonly scope: Scope;
  readonly folder: string;
  readonly data: string;
  readonly keys: string;
  readonly made: IndexDescription;
  readonly index: OpenIndex;
  readonly clock: { now: number };
  import(files: readonly Distribution[]): Promise<readonly Outcome[]>;
  serve(
    uploadLimits?: Partial<UploadLimits>,
    more?: Pick<ServeOptions, "isPrivate" | "maxNewClaims">,
  ): Promise<RunningIndex>;
}

/** What a test's operator chooses. */
export const CHOICES = { profile: "default", shards: SHARDS, name: "Test index", publicUrl: undefined } as const;

/** Imports a folder in this process. */
export async function importInto(index: OpenIndex, from: string, clock: Clock): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  await importFiles(index, makePublisher(index, clock), await walk(from), {
    clock,
    onOutcome: (outcome) => outcomes.push(outcome),
    stop: new AbortController().signal,
  });
  return outcomes;
}

/** Makes an index that goes away with its scope. */
export async function testIndex(owner: TestContext | Scope): Promise<TestIndex> {
  const scope = owner instanceof Scope ? owner : scopeOf(owner);
  const folder = temporaryFolder(scope);
  // A name that means something else in a URL.
  const [data, keys] = [join(folder, "da%41ta #?ü"), join(folder, "keys")];
  const clock = { now: NOW };
  const made = await initialise({ ...CHOICES, data, keys, now: NOW });
  const index = await openIndex(data);
  scope.after(() => index.store.close());
  const now = (): number => clock.now;
  let imports = 0;
  return {
    ...{ scope, folder, data, keys, made, index, clock },
    import: async (files) => {
      const from = join(folder, `import-${(imports += 1)}`);
      mkdirSync(from);
      writeDistributions(from, files);
      return importInto(index, from, now);
    },
    serve: async (uploadLimits, more) => {
      const log = pino({ level: "silent" });
      const running = await startIndex(index, {
        ...more,
        uploadLimits,
        place: { host: "127.0.0.1", port: 0 },
        clock: now,
        log,
      });
      scope.after(() => running.stop());
      return running;
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One request as it stands: no redirect is followed, no path tidied, nothing unpacked. */
export function ask(base: string, path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode: status = 0, statusMessage: reason = "", headers: answered } = response;
        resolve({ status, reason, headers: answered, body: Buffer.concat(chunks) });
      });
    });
    asked.on("error", reject);
    asked.end();
  });
}
