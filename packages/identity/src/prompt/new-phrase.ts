import { IdentityError } from "../errors.ts";
import type { Passphrase } from "../passphrase/derive.ts";
import { phraseCost } from "../passphrase/estimate.ts";
import { confirmsWord, generatePhrase, positionsToConfirm } from "../passphrase/phrase.ts";
import { dollars, requireTerminal } from "./passphrase.ts";
import type { Terminal } from "./terminal.ts";

/** Tries for one word that is asked back, before the phrase is shown again. */
const MAX_TRIES = 3;
/** How often the phrase is shown. */
const MAX_SHOWS = 3;

/**
 * Makes a new phrase, shows it once, and has some of its words typed back: a phrase that nobody wrote down would be an
 * identity that nobody has. The caller overwrites `bytes`.
 * @param what how the page calls it
 * @throws IdentityError `PROMPT_NEEDED`, `PROMPT_GIVEN_UP`
 */
export async function makeNewPhrase(what = "Your passphrase"): Promise<Passphrase> {
  using terminal = requireTerminal(
    "a new phrase is to be shown",
    "run it once at a terminal, or give words of `countermark identity phrase` with --passphrase-fd N",
  );
  const phrase = generatePhrase();
  for (let shows = 1; shows <= MAX_SHOWS; shows += 1) {
    await terminal.showOnce(page(what, phrase));
    if (await confirmed(terminal, phrase)) return { form: "phrase", bytes: joined(phrase) };
    terminal.write("Here it is once more.\n");
  }
  throw new IdentityError("PROMPT_GIVEN_UP", "the phrase was not typed back; nothing was made");
}

/** In pieces, so that the whole phrase is never one string, which could not be overwritten. */
function* page(what: string, phrase: readonly string[]): Generator<string> {
  yield `${what}. Write it down: it is shown this once, and nobody can give it back to you.\n\n   `;
  for (const word of phrase) yield ` ${word}`;
  yield `\n\nIt is never sent to anybody. Guessing it costs about ${dollars(phraseCost(phrase.length).dollars)}.\n`;
  yield "Press Enter when you have it.\n";
}

function joined(phrase: readonly string[]): Buffer {
  const bytes = Buffer.from(new ArrayBuffer(phrase.reduce((length, word) => length + word.length + 1, -1)));
  let at = 0;
  for (const word of phrase) {
    if (at > 0) at += bytes.write(" ", at, "ascii");
    at += bytes.write(word, at, "ascii");
  }
  return bytes;
}

async function confirmed(terminal: Terminal, phrase: readonly string[]): Promise<boolean> {
  for (const position of positionsToConfirm(phrase.length)) {
    if (!(await confirmedWord(terminal, phrase, position))) return false;
  }
  return true;
}

async function confirmedWord(terminal: Terminal, phrase: readonly string[], position: number): Promise<boolean> {
  for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
    const typed = await terminal.ask(`Word ${position} of your passphrase: `, "hidden");
    const right = confirmsWord(phrase, position, typed);
    typed.fill(0);
    if (right) return true;
    terminal.write("That is another word.\n");
  }
  return false;
}
