import { Option, type Command } from "commander";
import type { ProfileName } from "@countermark/repository";
import { descriptionJson, type IndexDescription } from "../ceremony/describe.ts";
import { systemClock } from "../clock.ts";
import { dataOption, parseBaseUrl, parseIndexName, parseShards } from "./options.ts";
import { day } from "./words.ts";

interface Options {
  readonly data: string;
  readonly keys: string;
  readonly profile: ProfileName;
  readonly shards: number;
  readonly name: string;
  readonly publicUrl?: string;
  readonly json?: true;
}

const HELP = `
Writes the online keys into the data folder and the offline keys into the folder of --keys, which must lie elsewhere.
The offline keys decide who may sign what. They are needed for the next ceremony only: carry them away.

Example:
  countermark-server init --data /srv/index --keys /media/stick/index-keys --name "Example Ltd"`;

/** `init`: the first ceremony, for one operator. */
export function addInitCommand(program: Command): void {
  program
    .command("init")
    .summary("make a new, empty index")
    .description("Makes a new, empty index with all its keys: the first ceremony, for one operator.")
    .addOption(dataOption())
    .requiredOption("--keys <folder>", "where the offline keys go: a new or empty folder outside of --data")
    .addOption(
      new Option("--profile <profile>", "how soon signatures expire: 'public' is for an index that strangers rely on")
        .choices(["default", "public"])
        .default("default"),
    )
    .option(
      "--shards <count>",
      "16, 256, 4096 or 65536; never changes: 256 serves some 100,000 projects",
      parseShards,
      256,
    )
    .option("--name <text>", "what people call it", parseIndexName, "Countermark index")
    .option("--public-url <url>", "where installers will reach it", parseBaseUrl)
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP)
    .action(async (options: Options) => {
      const { publicUrl, ...rest } = options;
      const { initialise } = await import("../ceremony/init.ts");
      const made = await initialise({ ...rest, publicUrl, now: systemClock() });
      if (options.json === true) process.stdout.write(`${JSON.stringify(descriptionJson(made))}\n`);
      else process.stdout.write(describe(made, options));
      process.stderr.write(WHAT_THIS_GIVES_UP);
    });
}

const WHAT_THIS_GIVES_UP = `
One operator, plain key files: whoever gets the folder of --keys, a copy of it or this machine's disk as it is now can
make this index say anything. Nobody else has to agree, and no passphrase stands in between. Move the folder to a
medium that is not connected to this machine, make a second copy, and delete it here.
`;

function describe(made: IndexDescription, { data, keys }: Options): string {
  const url = made.publicUrl ?? "http://127.0.0.1:8000/";
  return `Made the index ${JSON.stringify(made.name)} in ${data}

  fingerprint    ${made.fingerprint}
  ceremony       ${made.ceremony}
  offline keys   ${keys} (root, targets, shards): carry them away
  offline roles  valid until ${day(made.offlineExpires)}: installs stop then, unless 'ceremony renew' comes first
  root           valid until ${day(made.rootExpires)}
  online roles   renewed by 'serve' itself

Next:
  countermark-server import --data ${data} FOLDER_OF_WHEELS
  countermark-server serve --data ${data}
  countermark trust ${url} --root ${made.fingerprint}
`;
}
