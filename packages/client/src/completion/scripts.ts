import type { CompletionNode } from "./tree.ts";

/** The shells that there is a completion for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** The completion script of a shell. It asks nothing and nobody when it runs: all words stand in it. */
export function completionScript(shell: Shell, nodes: readonly CompletionNode[]): string {
  if (shell === "fish") return fish(nodes);
  const zsh = "#compdef countermark\nautoload -U +X bashcompinit && bashcompinit\n";
  return (shell === "zsh" ? zsh : "") + bash(nodes);
}

/** What follows `--` is a command of the machine, not one of ours. */
function bash(nodes: readonly CompletionNode[]): string {
  const steps = nodes.flatMap(({ path, commands }) => commands.map(({ name }) => `"${path} ${name}"`));
  const cases = nodes.map(({ path, commands, options }) => {
    const words = [...commands.map(({ name }) => name), ...options.map(({ long }) => long)];
    return `    "${path}") words="${words.join(" ")}" ;;`;
  });
  return `_countermark() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [ "$word" = -- ]; then COMPREPLY=($(compgen -c -- "$current")); return; fi
    case "$path $word" in
      ${steps.join("|")}) path="$path $word"; path="\${path# }" ;;
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _countermark countermark
`;
}

function fish(nodes: readonly CompletionNode[]): string {
  const lines = nodes.flatMap(({ path, commands, options }) => {
    const words = path.split(" ").filter((word) => word !== "");
    const not =
      commands.length === 0 ? [] : [`not __fish_seen_subcommand_from ${commands.map(({ name }) => name).join(" ")}`];
    const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`);
    const when = [...seen, ...not].join("; and ");
    const condition = when === "" ? "" : ` -n '${when}'`;
    return [
      ...commands.map(
        ({ name, description }) => `complete -c countermark -f${condition} -a ${name} -d ${quote(description)}`,
      ),
      ...options.map(
        ({ long, description, takesValue }) =>
          `complete -c countermark${condition} -l ${long.slice(2)}${takesValue ? " -r" : ""} -d ${quote(description)}`,
      ),
    ];
  });
  return `${lines.join("\n")}\n`;
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
