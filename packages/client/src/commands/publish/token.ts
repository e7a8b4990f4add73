import { apiPaths, decodeNewToken, decodeTokens, encodeTokenRequest, type TokenView } from "@countermark/repository";
import type { SigningOptions } from "../../account/key-source.ts";
import { day } from "../../publish/in-words.ts";
import { print, say } from "../report.ts";
import { readProject } from "./publish.ts";
import { signedInAs } from "./signed-in.ts";

/** What `token create` was asked for. */
export interface TokenOptions extends SigningOptions {
  readonly label?: string;
  readonly project?: string;
  readonly scope?: "upload" | "read";
  readonly days?: number;
}

/** Makes a token for upload tools and prints it, the one time that anybody sees it. */
export async function createToken(options: TokenOptions): Promise<number> {
  const project = options.project === undefined ? undefined : readProject(options.project);
  return await signedInAs(options, "to make an upload token", project, async ({ api }) => {
    const label = options.label ?? `made ${day(Date.now())}`;
    const { scope, days } = options;
    const limits = { ...(scope !== undefined && { scope }), ...(days !== undefined && { days }) };
    const body = encodeTokenRequest({ label, ...limits, ...(project !== undefined && { project }) });
    const { id, token } = decodeNewToken(await api.send({ method: "POST", path: apiPaths.tokens, body }));
    print(token);
    say(
      `countermark: token ${id} is made; of a claimed project it leaves staged files alone, which a releaser approves`,
    );
    return 0;
  });
}

/** Lists the tokens of the account. */
export async function listTokens(options: SigningOptions & { readonly json?: boolean }): Promise<number> {
  return await signedInAs(options, "to list its tokens", undefined, async ({ api }) => {
    const tokens = decodeTokens(await api.send({ method: "GET", path: apiPaths.tokens }));
    if (options.json === true) print(JSON.stringify(tokens));
    else for (const token of tokens) print(inWords(token));
    return 0;
  });
}

function inWords({ id, label, project, scope, created, expires }: TokenView): string {
  return `${id}  ${day(created)} to ${day(expires)}  ${scope ?? "upload, read"}  ${project ?? "all projects"}  ${label}`;
}

/** Revokes a token. */
export async function revokeToken(id: string, options: SigningOptions): Promise<number> {
  return await signedInAs(options, `to revoke the token ${id}`, undefined, async ({ api }) => {
    await api.send({ method: "DELETE", path: apiPaths.token(id) });
    say(`countermark: the token ${id} is worth nothing any more`);
    return 0;
  });
}
