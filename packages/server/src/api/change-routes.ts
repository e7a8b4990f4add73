import {
  API_FOLDER,
  decodePayload,
  deletePayload,
  isNormalisedName,
  textMember,
  unyankPayload,
  yankPayload,
  type FileChoice,
  type Transaction,
} from "@countermark/repository";
import { encodeJson, jsonObject } from "@countermark/tuf";
import { tokenHash } from "@countermark/repository";
import { allows } from "../accounts/authenticate.ts";
import { tokenIn } from "../accounts/credentials.ts";
import { applyChange } from "../changes/apply.ts";
import { ServerError } from "../errors.ts";
import type { Call } from "../http/door.ts";
import { headersOf } from "../http/reply.ts";
import { readBody, replyJson } from "./body.ts";
import type { ApiPorts } from "./ports.ts";
import type { Routes } from "./routes.ts";

const CHANGES = `/${API_FOLDER}projects/:project/changes`;
const MAX_BODY_BYTES = 8192;
/** Changes in one answer. */
const PAGE = 200;

/** Yanks and deletions of projects that nobody signs for, and the log of a project (docs/spec/transactions.md). */
export function addChangeRoutes(routes: Routes, ports: ApiPorts): void {
  routes("POST", CHANGES, async (call) => {
    const { account, project, isOwner, bySession } = await requireMember(call, ports);
    const change = changeOf(project, await readBody(call, MAX_BODY_BYTES));
    // What was deleted is gone for ever: a token that was stolen from a CI job must not be enough.
    if (change.kind === "delete" && !bySession) {
      throw new ServerError("NOT_ALLOWED", "a token deletes nothing: that needs a session", {
        hint: "run 'countermark login' for this index, or yank it instead",
      });
    }
    if (change.kind === "delete" && !isOwner) {
      throw new ServerError("NOT_ALLOWED", `only an owner of ${project} may delete`, { hint: "yank it instead" });
    }
    const { transaction, publishedIn } = await applyChange(ports, change, account);
    return replyJson(call, 200, encodeJson(jsonObject({ transaction, timestamp: publishedIn })));
  });
  routes("GET", CHANGES, async (call) => {
    const { project } = await requireMember(call, ports);
    const after = Number(/^\d{1,15}$/.exec(call.req.query("after") ?? "0")?.[0] ?? 0);
    const all = await ports.index.store.transactions({ project, after, limit: PAGE });
    const changes = all.map(({ id, kind, by, acceptedAt, outcome }) => ({
      ...{ id, kind, by, accepted: new Date(acceptedAt).toISOString() },
      ...(outcome?.outcome === "refused"
        ? { outcome: outcome.outcome, code: outcome.code, reason: outcome.reason }
        : { outcome: outcome?.outcome ?? "waiting" }),
    }));
    return replyJson(call, 200, encodeJson(jsonObject({ changes })));
  });
}

/** A member by a session, or by a token that may upload to the project. */
async function requireMember(
  call: Call,
  { index, clock }: ApiPorts,
): Promise<{
  readonly account: string;
  readonly project: string;
  readonly isOwner: boolean;
  readonly bySession: boolean;
}> {
  const project = call.req.param("project") ?? "";
  if (!isNormalisedName(project)) throw new ServerError("NOTHING_THERE", "this is no normalised name of a project");
  const found = tokenIn(headersOf(call).authorization);
  const token = typeof found === "object" ? await index.accounts.liveToken(tokenHash(found.token), clock()) : undefined;
  if (token === undefined) {
    throw new ServerError("SIGN_IN", "this needs a session or a token", {
      hint: "run 'countermark login' for this index",
    });
  }
  const { account } = token;
  const role = await index.accounts.role(project, account);
  const bySession = token.kind === "session";
  const mayByToken = bySession || allows({ account, token }, "upload", project);
  if (role !== undefined && mayByToken) return { account, project, isOwner: role === "owner", bySession };
  throw new ServerError("NOT_ALLOWED", `${account} may not change ${project}`, {
    hint: "ask one of its owners, or the operator of the index",
  });
}

/** Reads the body: `change`, `filename` or `version`, and `reason` of a yank or deletion. */
function changeOf(project: string, body: Uint8Array): Transaction {
  const members = decodePayload(body, ["change"], ["filename", "version", "reason"]);
  const text = (name: string): string | undefined => (members.has(name) ? textMember(members, name) : undefined);
  const [kind, filename, version, reason = ""] = [text("change"), text("filename"), text("version"), text("reason")];
  const choice: FileChoice = { ...(filename !== undefined && { filename }), ...(version !== undefined && { version }) };
  if ((filename === undefined) === (version === undefined)) {
    throw new ServerError("BAD_CHANGE", "a change names a filename or a version");
  }
  switch (kind) {
    case "yank":
      return { kind, project, payload: yankPayload(choice, reason) };
    case "unyank":
      return { kind, project, payload: unyankPayload(choice) };
    case "delete":
      return { kind, project, payload: deletePayload(choice, reason) };
    default:
      throw new ServerError("BAD_CHANGE", "a change is 'yank', 'unyank' or 'delete'");
  }
}
