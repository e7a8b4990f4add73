import { isToken } from "@countermark/repository";

/** Longest Authorization header that is looked into. */
const MAX_HEADER = 1024;
const BASIC = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i;
const BEARER = /^bearer +([!-~]+) *$/i;

/**
 * The token in an Authorization header: `Bearer cm_…`, or Basic with the token as password, whatever the user name
 * (`__token__` by custom). `none`: no credentials, the empty ones of distutils included. `malformed`: something that no
 * token can be, so that nobody has to be asked about it.
 */
export function tokenIn(header: string | undefined): { readonly token: string } | "none" | "malformed" {
  if (header === undefined || header === "") return "none";
  if (header.length > MAX_HEADER) return "malformed";
  const [, bearer] = BEARER.exec(header) ?? [];
  const [, basic] = BASIC.exec(header) ?? [];
  const pair = basic === undefined ? undefined : Buffer.from(basic, "base64").toString("latin1");
  if (pair === ":") return "none";
  const colon = pair?.indexOf(":") ?? -1;
  const token = bearer ?? (pair === undefined || colon === -1 ? undefined : pair.slice(colon + 1));
  return token !== undefined && isToken(token) ? { token } : "malformed";
}
