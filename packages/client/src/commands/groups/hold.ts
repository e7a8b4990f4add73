import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { Finish } from "./finish.ts";

interface Options {
  readonly keys: string;
  readonly out?: string;
  readonly override: ReadonlyMap<string, string>;
}

const HELP = `
Nothing is sent anywhere: carry the bundle here and the signatures back. What is decided, is decided by the record of
the last ceremony beside your keys. Without --out the bundle is only checked and shown.

Examples:
  countermark ceremony sign bundle.json --keys /media/stick/index-keys
  countermark ceremony sign bundle.json --keys /media/stick/index-keys --out ada.signatures
  countermark ceremony sign bundle.json --keys K --out S --override 'flask=met its author, saw his key'`;

/** What holders of the offline keys use. */
export function addHoldCommands(program: Command, finish: Finish): void {
  program
    .commandsGroup("Hold the offline keys:")
    .command("ceremony")
    .description("sign what needs the offline keys of an index; no network is used")
    .helpCommand(false)
    .command("sign")
    .summary("check what an index proposes, and sign it")
    .description("Checks a bundle by your own record of the last ceremony, says what it would do, and signs it.")
    .argument("<bundle>", "what 'countermark-server propose' has written")
    .requiredOption("--keys <folder>", "the folder with your offline keys and the record of the last ceremony")
    .option("--out <file>", "where to write the signatures")
    .option(
      "--override <project=reason>",
      "promote a claim against the rule; may be repeated",
      parseOverride,
      new Map(),
    )
    .addHelpText("after", HELP)
    .action(async (bundle: string, { keys, out, override }: Options) => {
      const { checkCeremony, signChecked } = await import("../../ceremony/sign.ts");
      const { ceremonyInWords } = await import("../../ceremony/in-words.ts");
      const checked = await checkCeremony(bundle, keys, override, Date.now());
      for (const line of ceremonyInWords(checked.composed)) process.stderr.write(`${line}\n`);
      if (out !== undefined) await signChecked(checked, keys, out, override);
      finish(0);
    });
}

function parseOverride(text: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const [, project, reason] = /^([a-z0-9]+(?:-[a-z0-9]+)*)=([^\u0000-\u001f\u007f]{1,500})$/.exec(text) ?? [];
  if (project === undefined || reason === undefined) throw new InvalidArgumentError("write PROJECT=REASON");
  return new Map([...before, [project, reason]]);
}
