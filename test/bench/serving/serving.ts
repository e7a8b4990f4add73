/**
 * How fast an index answers and takes uploads, beside its peers: the same files, the same client, in turns of the same
 * minutes. Then alone: an import of many files, a project with many, uploads into what came of it.
 * `node test/bench/serving/serving.ts [--seconds N] [--rounds N] [--uploads N] [--files N] [--page N] [--import-seconds N]
 * [--only answers,uploads,many,page] [--without devpi,nginx,proxpi,pypiserver] [--json]`
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeBundles } from "../../../tools/bundle/write.ts";
import { makeWheel, writeDistributions, type Distribution } from "../../harness/distributions/distributions.ts";
import { openSandbox, type Sandbox } from "../../harness/sandbox.ts";
import { Scope } from "../../harness/scope.ts";
import { temporaryFolder } from "../../harness/temporary-folder.ts";
import { describeMachine, memoryFolder } from "../machine.ts";
import { measureAnswers, renderAnswers } from "./answering.ts";
import { devpi, nginx, ours, proxpi, pypiserver, type Contender } from "./contenders.ts";
import { measureMany, renderMany } from "./many-files.ts";
import { measureUploads, renderUploads } from "./uploading.ts";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
    uploads: { type: "string", default: "60" },
    files: { type: "string", default: "100000" },
    page: { type: "string", default: "10000" },
    "import-seconds": { type: "string", default: "120" },
    only: { type: "string", default: "answers,uploads,many,page" },
    without: { type: "string", default: "" },
    json: { type: "boolean", default: false },
  },
});
const only = options.only.split(",");
const [seconds, uploads] = [Number(options["import-seconds"]), Number(options.uploads)];

const scope = new Scope();
try {
  await writeBundles();
  const sandbox = await openSandbox(scope, temporaryFolder(scope, memoryFolder()));
  say(`${JSON.stringify(describeMachine())}, everything in ${sandbox.folder}`);
  if (only.includes("answers") || only.includes("uploads")) await besidePeers(sandbox);
  const [files, page] = [Number(options.files), Number(options.page)];
  if (only.includes("page")) {
    const one = await measureMany(sandbox, { files: page, perProject: page, seconds, uploads: 0 });
    tell(one, renderMany(one));
  }
  if (only.includes("many")) {
    const one = await measureMany(sandbox, { files, perProject: 10, seconds, uploads });
    tell(one, `${renderMany(one)}\n${renderUploads(one.uploads)}`);
  }
  say(JSON.stringify(describeMachine()));
} finally {
  await scope.end();
}

async function besidePeers(sandbox: Sandbox): Promise<void> {
  const folder = writeDistributions(join(sandbox.folder, "files"), files());
  const without = options.without.split(",");
  const started = async (name: string, start: () => Promise<Contender | undefined>): Promise<void> => {
    if (without.includes(name)) {
      say(`${name} is left out`);
      return;
    }
    say(`starting ${name}`);
    const contender = await start();
    if (contender === undefined) say(`${name} is not installed: it is missing from the table`);
    else contenders.push(contender);
  };
  say("starting countermark");
  const first = await ours(sandbox, folder);
  const contenders: Contender[] = [first];
  await started("pypiserver", () => pypiserver(sandbox, folder));
  await started("proxpi", () => proxpi(sandbox, first.url));
  await started("nginx", () => nginx(sandbox, first.url));
  await started("devpi", () => devpi(sandbox, folder));
  if (only.includes("answers")) {
    const results = await measureAnswers(contenders, {
      seconds: Number(options.seconds),
      rounds: Number(options.rounds),
    });
    tell(results, renderAnswers(results));
  }
  if (only.includes("uploads")) {
    const results = await measureUploads(contenders, uploads);
    tell(results, renderUploads(results));
  }
  for (const { process } of contenders) await process.stop();
}

function files(): readonly Distribution[] {
  const wheel = (name: string, version: string, bytes = 2000): Distribution => {
    const body = Buffer.alloc(bytes);
    for (let at = 0; at < bytes; at += 1) body[at] = (at * 2654435761) >>> 24;
    return makeWheel({ name, version, extra: [["body.bin", body]] });
  };
  return [
    ...["1.0", "1.1", "1.2"].map((version) => wheel("fewproj", version, 50_000)),
    ...Array.from({ length: 100 }, (_, n) => wheel("manyproj", `${n}.0`)),
    wheel("bigproj", "1.0", 10_000_000),
    wheel("bigproj", "2.0", 20_000_000),
    ...Array.from({ length: 106 }, (_, n) => wheel(`other${n}`, "1.0")),
  ];
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function tell(result: unknown, text: string): void {
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : `${text}\n\n`);
}
