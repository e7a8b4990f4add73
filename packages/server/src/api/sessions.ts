import { isToken, tokenHash } from "@countermark/repository";
import { ServerError } from "../errors.ts";
import type { Call } from "../http/door.ts";
import { headersOf } from "../http/reply.ts";
import type { ApiPorts } from "./ports.ts";

const BEARER = /^Bearer (\S{1,200})$/i;

/**
 * Whose session a request is made in. A token for upload tools is no session: it must never do what its owner can.
 * @throws ServerError `SIGN_IN`
 */
export async function requireSession(call: Call, { index, clock }: Pick<ApiPorts, "index" | "clock">): Promise<string> {
  const [, secret = ""] = BEARER.exec(headersOf(call).authorization ?? "") ?? [];
  const token = isToken(secret) ? await index.accounts.liveToken(tokenHash(secret), clock()) : undefined;
  if (token?.kind === "session") return token.account;
  throw new ServerError("SIGN_IN", "this needs a session, and there is none or it has ended", {
    hint: "run 'countermark login' for this index",
  });
}
