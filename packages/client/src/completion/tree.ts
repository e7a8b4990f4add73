import type { Command } from "commander";

/** A command as a shell needs it: what may follow. */
export interface CompletionNode {
  /** From the program's name down, without it: `""`, `floor`, `floor raise`. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly { readonly long: string; readonly description: string; readonly takesValue: boolean }[];
}

/** The whole command line, a node for each command. */
export function completionTree(program: Command, path = ""): readonly CompletionNode[] {
  const below = program.commands.map((command) => ({ name: command.name(), description: command.description() }));
  const options = program.options
    .filter(({ hidden, long }) => !hidden && long !== undefined)
    .map(({ long, description, required, optional }) => ({
      ...{ long: long ?? "", description, takesValue: required || optional },
    }));
  const help = { long: "--help", description: "display help for command", takesValue: false };
  const own: CompletionNode = { path, commands: below, options: [...options, help] };
  return [own, ...program.commands.flatMap((command) => completionTree(command, `${path} ${command.name()}`.trim()))];
}
