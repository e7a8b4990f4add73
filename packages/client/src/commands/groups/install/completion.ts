import { Argument, type Command } from "commander";
import { completionScript, SHELLS, type Shell } from "../../../completion/scripts.ts";
import { completionTree } from "../../../completion/tree.ts";
import type { Finish } from "../finish.ts";

const COMPLETION_HELP = `
Examples:
  countermark completion bash > ~/.local/share/bash-completion/completions/countermark
  countermark completion zsh  > ~/.zfunc/_countermark          with ~/.zfunc in fpath
  countermark completion fish > ~/.config/fish/completions/countermark.fish
`;

/** `completion`: what a shell needs to complete our words. */
export function addCompletion(program: Command, finish: Finish): void {
  program
    .command("completion")
    .description("print a completion script for a shell")
    .addArgument(new Argument("<shell>", "which one").choices(SHELLS))
    .addHelpText("after", COMPLETION_HELP)
    .action((shell: Shell) => {
      process.stdout.write(completionScript(shell, completionTree(program)));
      finish(0);
    });
}
