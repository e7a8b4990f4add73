import {
  API_FOLDER,
  decodeAdmissionRequest,
  decodeChallengeRequest,
  decodeEnrolmentRequest,
  decodeRevocationRequest,
  decodeSessionRequest,
  decodeTokenRequest,
  encodeAccountView,
  encodeChallenge,
  encodeNewToken,
  encodeSession,
  encodeTokens,
  MAX_ACCOUNT_BODY_BYTES,
  MAX_TOKEN_DAYS,
} from "@countermark/repository";
import type { AccountStore, Token } from "../accounts/account-store.ts";
import { issueToken, tokenMade } from "../accounts/issue.ts";
import { ServerError } from "../errors.ts";
import type { Call } from "../http/door.ts";
import { readBody, replyJson, replyNothing } from "./body.ts";
import { Enrolment } from "./enrolment.ts";
import type { ApiPorts } from "./ports.ts";
import { RateLimit } from "./rate-limit.ts";
import type { Routes } from "./routes.ts";
import { requireSession } from "./sessions.ts";

/** Requests about accounts that one client may make in a minute: each costs a row, most cost a signature. */
const PER_MINUTE = 60;
/** Tokens that one account may have. */
const MAX_TOKENS = 200;
/** What a token is good for that asks for nothing in particular. */
const SCOPES = ["upload", "read"] as const;

/** Accounts by keys: challenges, enrolment, sessions, machines. */
export function addAccountRoutes(routes: Routes, ports: ApiPorts): void {
  const enrolment = new Enrolment(ports);
  const limit = new RateLimit(PER_MINUTE, ports.clock);
  const body = (call: Call): Promise<Uint8Array> => {
    limit.count(ports.clientOf(call.env.incoming));
    return readBody(call, MAX_ACCOUNT_BODY_BYTES);
  };
  routes("POST", `/${API_FOLDER}challenges`, async (call) => {
    const { account } = decodeChallengeRequest(await body(call));
    return replyJson(call, 201, encodeChallenge(await enrolment.challenge(account)));
  });
  routes("POST", `/${API_FOLDER}accounts`, async (call) => {
    return replyJson(call, 201, encodeAccountView(await enrolment.enrol(decodeEnrolmentRequest(await body(call)))));
  });
  routes("POST", `/${API_FOLDER}sessions`, async (call) => {
    return replyJson(call, 201, encodeSession(await enrolment.signIn(decodeSessionRequest(await body(call)))));
  });
  routes("GET", `/${API_FOLDER}accounts/:account`, async (call) => {
    // Without a session: an empty machine must learn the generation before it has any key to sign in with, and the public
    // keys of whoever releases anything are public in roles anyway.
    limit.count(ports.clientOf(call.env.incoming));
    const view = await enrolment.view(call.req.param("account") ?? "");
    if (view.keys.length === 0) throw new ServerError("NOTHING_THERE", "there is no such account");
    return replyJson(call, 200, encodeAccountView(view));
  });
  routes("POST", `/${API_FOLDER}accounts/:account/keys`, async (call) => {
    const request = decodeAdmissionRequest(await body(call));
    return replyJson(call, 201, encodeAccountView(await enrolment.admit(call.req.param("account") ?? "", request)));
  });
  routes("POST", `/${API_FOLDER}accounts/:account/revocations`, async (call) => {
    const request = decodeRevocationRequest(await body(call));
    return replyJson(call, 200, encodeAccountView(await enrolment.revoke(call.req.param("account") ?? "", request)));
  });
  addTokenRoutes(routes, ports, body);
}

/** Tokens for upload tools, made and revoked by a session. */
function addTokenRoutes(routes: Routes, ports: ApiPorts, body: (call: Call) => Promise<Uint8Array>): void {
  const { accounts, audit } = ports.index;
  routes("POST", `/${API_FOLDER}tokens`, async (call) => {
    const account = await requireSession(call, ports);
    const { label, project, scope, days = MAX_TOKEN_DAYS } = decodeTokenRequest(await body(call));
    const now = ports.clock();
    if ((await livingTokens(accounts, account, now)).length >= MAX_TOKENS) {
      throw new ServerError("TOO_MANY", `${account} has ${MAX_TOKENS} tokens`);
    }
    const projects = project === undefined ? undefined : [project];
    const scopes = scope === undefined ? SCOPES : [scope];
    const asked = { account, label, scopes, projects, days };
    const issued = await issueToken(accounts, asked, now);
    if (issued === undefined) throw new ServerError("NOT_ALLOWED", "the account is disabled");
    await audit.append({ at: now, actor: account, ...tokenMade(issued.id, asked) });
    return replyJson(call, 201, encodeNewToken({ id: issued.id, token: issued.secret }));
  });
  routes("GET", `/${API_FOLDER}tokens`, async (call) => {
    const tokens = await livingTokens(accounts, await requireSession(call, ports), ports.clock());
    const views = tokens.map(({ id, label, createdAt, expiresAt, projects, scopes }) => {
      const [[project], [scope]] = [projects ?? [], scopes.length === SCOPES.length ? [] : scopes];
      const reach = { ...(project !== undefined && { project }), ...(scope !== undefined && { scope }) };
      return { id, label, created: createdAt, expires: expiresAt, ...reach };
    });
    return replyJson(call, 200, encodeTokens(views));
  });
  routes("DELETE", `/${API_FOLDER}tokens/:id`, async (call) => {
    const account = await requireSession(call, ports);
    const id = call.req.param("id") ?? "";
    const isOwn = (await accounts.tokens(account)).some((token) => token.id === id);
    const at = ports.clock();
    if (!isOwn || !(await accounts.revokeToken(id, at))) {
      throw new ServerError("NOTHING_THERE", "there is no such token");
    }
    await audit.append({ at, actor: account, action: "token.revoke", subject: id, detail: {} });
    return replyNothing(call);
  });
}

/** An account's tokens that are neither revoked nor expired. */
async function livingTokens(accounts: AccountStore, account: string, now: number): Promise<readonly Token[]> {
  return (await accounts.tokens(account)).filter(
    ({ revokedAt, expiresAt }) => revokedAt === undefined && expiresAt > now,
  );
}
