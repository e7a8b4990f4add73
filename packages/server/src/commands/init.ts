import { Option, type Command } from "commander";
import type { ProfileName } from "@countermark/repository";
import { descriptionJson, type IndexDescription } from "../ceremony/describe.ts";
import { systemClock } from "../clock.ts";
import type { SealingOptions } from "./offline-passphrase.ts";
import { dataOption, parseBaseUrl, parseDescriptor, parseIndexName, parseShards } from "./options.ts";
import { day } from "./words.ts";

interface Options extends SealingOptions {
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
The offline keys decide who may sign what. They are needed for the next ceremony only: carry them away. They are sealed
under a passphrase of seven words, which is made, shown once and asked back.

Examples:
  countermark-server init --data /srv/index --keys /media/stick/index-keys --name "Example Ltd"
  countermark-server init --data /srv/index --keys /media/stick/index-keys --passphrase-fd 3 3<FILE
  countermark-server init --data index --keys keys --unsealed-keys        a try-out: keys in plain files`;

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
    .option(
      "--passphrase-fd <number>",
      "read the passphrase of the offline keys from this open file descriptor, not at the terminal",
      parseDescriptor,
    )
    .option("--own-passphrase", "seal the offline keys under a passphrase of your own, not generated words")
    .addOption(
      new Option("--unsealed-keys", "leave the offline keys in plain files, for a try-out").conflicts([
        "passphraseFd",
        "ownPassphrase",
      ]),
    )
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP)
    .action(async (options: Options) => {
      const { publicUrl, ...rest } = options;
      const { howToSeal } = await import("./offline-passphrase.ts");
      const { initialise } = await import("../ceremony/init.ts");
      const askPassphrase = await howToSeal(options);
      const made = await initialise({
        ...{ ...rest, publicUrl, now: systemClock() },
        ...(askPassphrase !== undefined && { askPassphrase }),
      });
      if (options.json === true) process.stdout.write(`${JSON.stringify(descriptionJson(made))}\n`);
      else process.stdout.write(describe(made, options));
      process.stderr.write(options.unsealedKeys === true ? UNSEALED : SEALED);
    });
}

const UNSEALED = `
warning: the offline keys are not sealed. Whoever gets the folder of --keys, a copy of it or this machine's disk as it is
now can make this index say anything: no passphrase stands in between, and nobody else has to agree. Seal them with
'countermark ceremony seal', move the folder to a medium that is not connected to this machine, make a second copy, and
delete it here.
`;

/** What a ceremony of one gives up. */
const SEALED = `
The offline keys are sealed: every ceremony asks for their passphrase, and nobody can give it back. One operator: whoever
has both the folder of --keys and the passphrase can make this index say anything, and nobody else has to agree. Move the
folder to a medium that is not connected to this machine, make a second copy, and delete it here.
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
