import { ClientError } from "../errors.ts";

/** A command line of the door. */
export type DoorCommand =
  | { readonly verb: "init"; readonly metadataDir: string; readonly root: string }
  | { readonly verb: "refresh"; readonly metadataDir: string; readonly metadataUrl: string }
  | {
      readonly verb: "download";
      readonly metadataDir: string;
      readonly metadataUrl: string;
      readonly targetBaseUrl: string;
      readonly targetDir: string;
      readonly targetNames: readonly string[];
    };

const OPTIONS = ["--metadata-dir", "--metadata-url", "--target-name", "--target-base-url", "--target-dir"] as const;
type Option = (typeof OPTIONS)[number];

/**
 * Reads what follows `countermark tuf`. Options stand before or behind the verb, and each takes the next word, whatever
 * that begins with: target names may look like options.
 * @throws ClientError `USAGE`
 */
export function readArguments(args: readonly string[]): DoorCommand {
  const { words, options } = sort(args);
  const [verb = "", ...rest] = words;
  const metadataDir = one(options, "--metadata-dir");
  if (rest.length !== (verb === "init" ? 1 : 0))
    throw usage(`${verb || "the command"} is called with too many or too few words`);
  if (verb === "init") return { verb, metadataDir, root: rest[0] ?? "" };
  const metadataUrl = one(options, "--metadata-url");
  if (verb === "refresh") return { verb, metadataDir, metadataUrl };
  if (verb !== "download") throw usage(verb === "" ? "say init, refresh or download" : `there is no command ${verb}`);
  const targetNames = options.get("--target-name") ?? [];
  if (targetNames.length === 0) throw usage("--target-name is missing");
  const targetBaseUrl = one(options, "--target-base-url");
  return { verb, metadataDir, metadataUrl, targetBaseUrl, targetDir: one(options, "--target-dir"), targetNames };
}

function sort(args: readonly string[]): { words: string[]; options: Map<Option, string[]> } {
  const words: string[] = [];
  const options = new Map<Option, string[]>();
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? "";
    if (!word.startsWith("-")) {
      words.push(word);
      continue;
    }
    const { option, inline } = readOption(word);
    const value = inline ?? args[(at += 1)];
    if (value === undefined) throw usage(`${option} needs a value`);
    options.set(option, [...(options.get(option) ?? []), value]);
  }
  return { words, options };
}

function readOption(word: string): { option: Option; inline: string | undefined } {
  const equals = word.indexOf("=");
  const name = equals === -1 ? word : word.slice(0, equals);
  const option = OPTIONS.find((each) => each === name);
  if (option === undefined) throw usage(`there is no option ${name}`);
  return { option, inline: equals === -1 ? undefined : word.slice(equals + 1) };
}

function one(options: ReadonlyMap<Option, readonly string[]>, option: Option): string {
  const [value, second] = options.get(option) ?? [];
  if (value === undefined || value === "") throw usage(`${option} is missing`);
  if (second !== undefined) throw usage(`${option} is given twice`);
  return value;
}

function usage(problem: string): ClientError {
  return new ClientError("USAGE", problem, {
    hint: [
      "countermark tuf --metadata-dir DIR init ROOT",
      "      countermark tuf --metadata-dir DIR --metadata-url URL refresh",
      "      countermark tuf --metadata-dir DIR --metadata-url URL --target-name NAME --target-base-url URL --target-dir DIR download",
    ].join("\n"),
  });
}
