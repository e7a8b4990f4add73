import { InvalidArgumentError, Option, type Command } from "commander";
import type { PassphraseOptions } from "@countermark/identity/prompt";
import type { Finish } from "./finish.ts";
import { readNumber } from "./publish/signing-options.ts";

interface Options {
  readonly keys: string;
  readonly passphraseFd?: number;
  readonly out?: string;
  readonly override: ReadonlyMap<string, string>;
}

const HELP = `
Nothing is sent anywhere: carry the bundle here and the signatures back. What is decided, is decided by the record of
the last ceremony beside your keys. Without --out the bundle is only checked and shown. Keys that are sealed ask for their
passphrase: the answer is your consent.

Examples:
  countermark ceremony sign bundle.json --keys /media/stick/index-keys
  countermark ceremony sign bundle.json --keys /media/stick/index-keys --out ada.signatures
  countermark ceremony sign bundle.json --keys K --out S --override 'flask=met its author, saw his key'`;

const SEAL_HELP = `
From then on every ceremony asks for the passphrase, and nobody can give it back. Keys that are sealed already are opened
first, by their present passphrase, so this changes a passphrase, too. Copies that were made before stay as they are: seal
or destroy them; what a flash medium held may be read from it even after it was overwritten.

Examples:
  countermark ceremony seal /media/stick/index-keys                     seven words, made and shown once
  countermark ceremony seal /media/stick/index-keys --own-passphrase
  countermark ceremony seal KEYS --passphrase-fd 3 3<NEW --present-passphrase-fd 4 4<PRESENT`;

/** What holders of the offline keys use. */
export function addHoldCommands(program: Command, finish: Finish): void {
  const ceremony = program
    .commandsGroup("Hold the offline keys:")
    .command("ceremony")
    .description("sign what needs the offline keys of an index; no network is used")
    .helpCommand(false);
  addSign(ceremony, finish);
  addSeal(ceremony, finish);
}

function addSign(ceremony: Command, finish: Finish): void {
  ceremony
    .command("sign")
    .summary("check what an index proposes, and sign it")
    .description("Checks a bundle by your own record of the last ceremony, says what it would do, and signs it.")
    .argument("<bundle>", "what 'countermark-server propose' has written")
    .requiredOption("--keys <folder>", "the folder with your offline keys and the record of the last ceremony")
    .option("--out <file>", "where to write the signatures")
    .addOption(
      new Option("--override <project=reason>", "promote a claim against the rule; may be repeated")
        .argParser(parseOverride)
        .default(new Map(), "none"),
    )
    .option("--passphrase-fd <number>", "read the keys' passphrase from this open file descriptor", readNumber)
    .addHelpText("after", HELP)
    .action(async (bundle: string, { keys, out, override, passphraseFd }: Options) => {
      const { checkCeremony, signChecked } = await import("../../ceremony/sign.ts");
      const { ceremonyInWords } = await import("../../ceremony/in-words.ts");
      const { openerOf, warnOfClear } = await import("@countermark/identity/prompt");
      const checked = await checkCeremony(bundle, keys, override, Date.now());
      for (const line of ceremonyInWords(checked.composed)) process.stderr.write(`${line}\n`);
      if (out !== undefined) {
        using seeds = openerOf(keys, `sign ceremony ${checked.composed.ceremony}`, passphraseFd);
        await signChecked(checked, keys, out, override, seeds);
        warnOfClear(seeds, keys);
      }
      finish(0);
    });
}

interface SealOptions extends PassphraseOptions {
  readonly presentPassphraseFd?: number;
}

function addSeal(ceremony: Command, finish: Finish): void {
  ceremony
    .command("seal")
    .summary("seal the offline keys of a folder under a new passphrase")
    .description("Seals every offline key of a folder under a new passphrase.")
    .argument("<folder>", "the folder with your offline keys")
    .option("--passphrase-fd <number>", "read the new passphrase from this open file descriptor", readNumber)
    .option("--own-passphrase", "the new passphrase is one of your own, not generated words")
    .option("--present-passphrase-fd <number>", "read the present passphrase from this one", readNumber)
    .addHelpText("after", SEAL_HELP)
    .action(async (folder: string, options: SealOptions) => {
      const { sealKeys } = await import("../../ceremony/seal.ts");
      const { askForNewOfflineKeys, openerOf } = await import("@countermark/identity/prompt");
      using seeds = openerOf(folder, "seal them anew", options.presentPassphraseFd);
      const sealed = await sealKeys(folder, seeds, () => askForNewOfflineKeys(options));
      for (const path of sealed) process.stderr.write(`sealed: ${path}\n`);
      finish(0);
    });
}

function parseOverride(text: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const [, project, reason] = /^([a-z0-9]+(?:-[a-z0-9]+)*)=([^\u0000-\u001f\u007f]{1,500})$/.exec(text) ?? [];
  if (project === undefined || reason === undefined) throw new InvalidArgumentError("write PROJECT=REASON");
  return new Map([...before, [project, reason]]);
}
