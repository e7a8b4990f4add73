import type { Command } from "commander";
import { descriptionJson } from "../ceremony/describe.ts";
import { dataOption } from "./options.ts";
import { day } from "./words.ts";

interface Options {
  readonly data: string;
  readonly keys: string;
  readonly json?: true;
}

const HELP = `
The signatures of the offline keys end after three ceremony periods: a year, or 90 days with the profile 'public'. Then
installers refuse the index. This signs everything anew as it stands, with the keys that 'init' has made. 'serve' may
run meanwhile.

Example:
  countermark-server ceremony renew --data /srv/index --keys /media/stick/index-keys`;

/** `ceremony`: what needs the offline keys. */
export function addCeremonyCommand(program: Command): void {
  program
    .command("ceremony")
    .summary("what needs the offline keys")
    .description("Everything that needs the offline keys.")
    .helpCommand(false)
    .command("renew")
    .summary("sign the offline roles anew, unchanged")
    .description("Signs the offline roles anew as they stand, so that they stay valid for three more periods.")
    .addOption(dataOption())
    .requiredOption("--keys <folder>", "the folder with the offline keys")
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP)
    .action(async ({ data, keys, json }: Options) => {
      const { renewIndex } = await import("../ceremony/renew.ts");
      const now = await renewIndex(data, keys);
      if (json === true) process.stdout.write(`${JSON.stringify(descriptionJson(now))}\n`);
      else process.stdout.write(`ceremony ${now.ceremony}: offline roles valid until ${day(now.offlineExpires)}\n`);
    });
}
