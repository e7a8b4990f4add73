import { IdentityError, readPassphraseDescriptor } from "@countermark/identity";
import { requireTerminal } from "@countermark/identity/prompt";

/**
 * A yes, where no passphrase is asked for at the time: nothing is signed before somebody has agreed.
 * @throws IdentityError `PROMPT_NEEDED`, `PROMPT_GIVEN_UP`
 */
export async function askForYes(question: string): Promise<void> {
  using terminal = requireTerminal("a yes is needed before anything is signed", "--yes agrees beforehand, for scripts");
  const answer = await terminal.ask(`${question} Type yes: `, "echo");
  if (answer.toString("latin1").trim().toLowerCase() === "yes") return;
  throw new IdentityError("PROMPT_GIVEN_UP", "nothing was signed: the answer was not yes");
}

/** A code that was handed over: from the terminal, unseen, or from a descriptor. Throws IdentityError `PROMPT_NEEDED`, `PROMPT_GIVEN_UP`, `IDENTITY_FILE`. */
export async function askCode(descriptor: number | undefined): Promise<string> {
  if (descriptor !== undefined) return (await readPassphraseDescriptor(descriptor)).toString("latin1");
  using terminal = requireTerminal("the code of an invitation is needed", "scripts give it with --code-fd N");
  return (await terminal.ask("Code of the invitation: ", "hidden")).toString("latin1");
}
