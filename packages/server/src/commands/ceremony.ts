import { Option, type Command } from "commander";
import { descriptionJson } from "../ceremony/describe.ts";
import { systemClock } from "../clock.ts";
import { ServerError } from "../errors.ts";
import { dataOption, parseDescriptor } from "./options.ts";
import { day } from "./words.ts";

interface Options {
  readonly data: string;
  readonly keys: string;
  readonly passphraseFd?: number;
  readonly json?: true;
}

interface ProposeOptions {
  readonly data: string;
  readonly out?: string;
  readonly letGo?: true;
}

const HELP = `
The signatures of the offline keys end after three ceremony periods: a year, or 90 days with the profile 'public'. Then
installers refuse the index. This signs everything anew as it stands, with the keys that 'init' has made. 'serve' may
run meanwhile. Keys that are sealed ask for their passphrase.

Examples:
  countermark-server ceremony renew --data /srv/index --keys /media/stick/index-keys
  countermark-server ceremony renew --data /srv/index --keys /media/stick/index-keys --passphrase-fd 3 3<FILE`;

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
    .option("--passphrase-fd <number>", "read their passphrase from this open file descriptor", parseDescriptor)
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP)
    .action(async ({ data, keys, passphraseFd, json }: Options) => {
      const { openerOf, warnOfClear } = await import("@countermark/identity/prompt");
      const { renewIndex } = await import("../ceremony/renew.ts");
      using seeds = openerOf(keys, "sign everything anew", passphraseFd);
      const now = await renewIndex(data, keys, systemClock, seeds);
      warnOfClear(seeds, keys);
      if (json === true) process.stdout.write(`${JSON.stringify(descriptionJson(now))}\n`);
      else process.stdout.write(`ceremony ${now.ceremony}: offline roles valid until ${day(now.offlineExpires)}\n`);
    });
}

const PROPOSE_HELP = `
What developers have claimed is signed by the index alone until a ceremony. This writes one file for the holders of the
offline keys; each checks and signs it with 'countermark ceremony sign', and 'apply' publishes it. Until then, for 30 days
at most, the owners of the proposed projects change only with the signatures of those who own them now; releases go on.

Examples:
  countermark-server propose --data /srv/index --out /media/stick/bundle.json
  countermark-server propose --data /srv/index --let-go       the bundle will not be signed: hold nothing any more`;

/** `propose` and `apply`: both ends of a ceremony that others hold. */
export function addProposalCommands(program: Command): void {
  program
    .command("propose")
    .summary("write what the holders of the offline keys are to sign")
    .description("Writes the bundle for a ceremony: recent claims, changed owners, and every offline role.")
    .addOption(dataOption())
    .option("--out <file>", "where to write the bundle")
    .addOption(new Option("--let-go", "hold the projects of the last bundle no longer").conflicts("out"))
    .addHelpText("after", PROPOSE_HELP)
    .action(async ({ data, out, letGo: drop }: ProposeOptions) => {
      const { letGo, proposeCeremony } = await import("../ceremony/propose.ts");
      if (drop === true) return await letGo(data);
      if (out === undefined) throw new ServerError("USAGE", "propose needs --out, the file to write");
      const { claims, bytes, urgent } = await proposeCeremony(data, out);
      process.stdout.write(`${out}: ${claims} claims, ${bytes} bytes\n`);
      for (const project of urgent) process.stdout.write(`urgent: ${project} let somebody go\n`);
    });
  program
    .command("apply")
    .summary("publish a ceremony that its holders have signed")
    .description("Publishes a bundle with the signatures of its holders, given in any order.")
    .addOption(dataOption())
    .requiredOption("--bundle <file>", "the bundle as it was proposed")
    .argument("<signatures...>", "what 'countermark ceremony sign' has written, one file of each holder")
    .action(async (signatures: string[], { data, bundle }: { readonly data: string; readonly bundle: string }) => {
      const { applyCeremony } = await import("../ceremony/apply.ts");
      const { ceremony, promoted, offlineExpires } = await applyCeremony(data, bundle, signatures);
      for (const project of promoted) process.stdout.write(`${project} is claimed for good\n`);
      process.stdout.write(`ceremony ${ceremony}: offline roles valid until ${day(offlineExpires)}\n`);
    });
}
