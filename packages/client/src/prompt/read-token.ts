import { readSecretDescriptor } from "@countermark/identity";
import { openTerminal } from "@countermark/identity/prompt";
import { isToken } from "@countermark/repository";
import { ClientError } from "../errors.ts";
import { ReadToken } from "../network/read-token.ts";

/** Most bytes that are taken for a token: one has 41, and the end of a line. */
const MAX_TOKEN_BYTES = 256;

/**
 * The read token of an index, from an open descriptor. Never from an argument or the environment: others can read those.
 * @throws ClientError `TOKEN_MALFORMED`, `TOKEN_UNSAFE`; IdentityError when the descriptor cannot be read
 */
export async function readTokenDescriptor(url: string, descriptor: number): Promise<ReadToken> {
  return takeToken(url, await readSecretDescriptor(descriptor, MAX_TOKEN_BYTES));
}

/**
 * The same, asked of the person at the terminal; `undefined` where there is none.
 * @throws ClientError `TOKEN_MALFORMED`, `TOKEN_UNSAFE`; IdentityError `PROMPT_GIVEN_UP`
 */
export async function askReadToken(url: string): Promise<ReadToken | undefined> {
  using terminal = openTerminal();
  if (terminal === undefined) return undefined;
  terminal.write(`${url} is private: it is read with a token, which its operator makes.\n`);
  return takeToken(url, await terminal.ask("Read token: ", "hidden"));
}

function takeToken(url: string, bytes: Buffer): ReadToken {
  const text = bytes.toString("latin1").trim();
  bytes.fill(0);
  if (isToken(text)) return new ReadToken(url, text);
  throw new ClientError("TOKEN_MALFORMED", "what was given is no read token: its form or its checksum is wrong", {
    hint: "a token begins with cm_ and was printed once, by countermark-server token create; is it complete?",
  });
}
