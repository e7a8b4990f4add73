import {
  API_FOLDER,
  decodeCommitRequest,
  decodeJoin,
  encodeCommitOutcome,
  encodeJoins,
  encodeOpenedTransaction,
  encodeProjectState,
  encodeReceivedFile,
  encodeStagedFiles,
  encodeWaiting,
  encodeWaitingList,
  isNormalisedName,
  MAX_COMMIT_BODY_BYTES,
} from "@countermark/repository";
import { computeKeyId } from "@countermark/tuf";
import { ServerError } from "../errors.ts";
import { MAX_FILE_BYTES } from "../claims/receive.ts";
import { Staging } from "../claims/staging.ts";
import { ProjectTransactions } from "../claims/transactions.ts";
import type { Call } from "../http/door.ts";
import { replyStream } from "../http/reply.ts";
import { limited, readBody, replyJson, replyNothing } from "./body.ts";
import { keyObject } from "./enrolment.ts";
import type { ApiPorts } from "./ports.ts";
import type { Routes } from "./routes.ts";
import { requireSession } from "./sessions.ts";

const PROJECT = `/${API_FOLDER}projects/:project`;
const MAX_JOIN_BYTES = 64 * 1024;
/** Answers to invitations that one account may have waiting: more would only hide others' from the owners. */
const MAX_JOINS_OF_ONE = 10;

/** Developers' transactions, staged files, and answers to invitations. */
export function addProjectRoutes(routes: Routes, ports: ApiPorts): void {
  const transactions = new ProjectTransactions(ports);
  routes("GET", PROJECT, async (call) => {
    await requireSession(call, ports);
    return replyJson(call, 200, encodeProjectState(await transactions.state(projectOf(call))));
  });
  routes("POST", `${PROJECT}/transactions`, async (call) => {
    const account = await requireSession(call, ports);
    await readBody(call, 1024);
    return replyJson(call, 201, encodeOpenedTransaction(await transactions.open(account, projectOf(call))));
  });
  routes("GET", `${PROJECT}/transactions`, async (call) => {
    const waiting = await transactions.waiting(await requireSession(call, ports), projectOf(call));
    return replyJson(call, 200, encodeWaitingList(waiting.map(({ id, expiresAt }) => ({ id, expires: expiresAt }))));
  });
  routes("GET", `${PROJECT}/transactions/:id`, async (call) => {
    const found = await transactions.get(await requireSession(call, ports), projectOf(call), param(call, "id"));
    const { id, expiresAt, p, r } = found;
    return replyJson(call, 200, encodeWaiting({ id, expires: expiresAt, ...(p && { p }), ...(r && { r }) }));
  });
  routes("PUT", `${PROJECT}/transactions/:id/files/:filename`, async (call) => {
    const account = await requireSession(call, ports);
    const body = limited(call.env.incoming, MAX_FILE_BYTES);
    const [id, filename] = [param(call, "id"), param(call, "filename")];
    const received = await transactions.put(account, projectOf(call), id, filename, body);
    return replyJson(call, 201, encodeReceivedFile(received));
  });
  routes("POST", `${PROJECT}/transactions/:id/commit`, async (call) => {
    const account = await requireSession(call, ports);
    const memory = ports.memory.open();
    try {
      const commit = decodeCommitRequest(await readBody(call, MAX_COMMIT_BODY_BYTES, memory));
      const outcome = await transactions.commit(account, projectOf(call), param(call, "id"), commit);
      return replyJson(call, outcome.outcome === "published" ? 200 : 202, encodeCommitOutcome(outcome));
    } finally {
      memory.close();
    }
  });
  routes("DELETE", `${PROJECT}/transactions/:id`, async (call) => {
    await transactions.abandon(await requireSession(call, ports), projectOf(call), param(call, "id"));
    return replyNothing(call);
  });
  addStagedRoutes(routes, ports, transactions);
  addJoinRoutes(routes, ports, transactions);
}

function addStagedRoutes(routes: Routes, ports: ApiPorts, transactions: ProjectTransactions): void {
  const staging = new Staging(ports);
  const enter = async (call: Call): Promise<{ readonly account: string; readonly project: string }> => {
    const [account, project] = [await requireSession(call, ports), projectOf(call)];
    await transactions.requireMember(account, project);
    return { account, project };
  };
  routes("GET", `${PROJECT}/staged`, async (call) => {
    return replyJson(call, 200, encodeStagedFiles(await staging.list((await enter(call)).project)));
  });
  routes("GET", `${PROJECT}/staged/:filename`, async (call) => {
    const { project } = await enter(call);
    const { length, content } = await staging.content(project, param(call, "filename"));
    const headers = {
      "content-type": "application/octet-stream",
      "content-length": length,
      "cache-control": "no-store",
    };
    return replyStream(call, 200, headers, content);
  });
  routes("DELETE", `${PROJECT}/staged/:filename`, async (call) => {
    const { account, project } = await enter(call);
    await staging.remove(project, param(call, "filename"), account);
    return replyNothing(call);
  });
}

function addJoinRoutes(routes: Routes, ports: ApiPorts, transactions: ProjectTransactions): void {
  const { accounts, audit, claims } = ports.index;
  routes("POST", `${PROJECT}/joins`, async (call) => {
    const account = await requireSession(call, ports);
    const body = await readBody(call, MAX_JOIN_BYTES);
    const join = decodeJoin(body);
    const ids = (await accounts.keysOf(account)).map(({ releaseKey }) => computeKeyId(keyObject(releaseKey)));
    if (join.account !== account || !ids.includes(computeKeyId(join.release))) {
      throw new ServerError("NOT_ALLOWED", "an answer to an invitation brings the account's own keys");
    }
    const { invitation } = join;
    const [project, at] = [projectOf(call), ports.clock()];
    const answer = { project, invitation, account, body, sentAt: at };
    if ((await claims.addJoin(answer, MAX_JOINS_OF_ONE)) === "kept") {
      await audit.append({ at, actor: account, action: "project.join", subject: project, detail: { invitation } });
      return replyNothing(call);
    }
    throw new ServerError("TOO_MANY", `${account} has answered ${MAX_JOINS_OF_ONE} invitations already`, {
      hint: "wait until their owners have let you in: answers are forgotten after 30 days",
    });
  });
  routes("GET", `${PROJECT}/joins`, async (call) => {
    await transactions.requireMember(await requireSession(call, ports), projectOf(call));
    const joins = await claims.joins(projectOf(call));
    return replyJson(call, 200, encodeJoins(joins.map(({ body, sentAt }) => ({ ...decodeJoin(body), sent: sentAt }))));
  });
}

function param(call: Call, name: string): string {
  return call.req.param(name) ?? "";
}

function projectOf(call: Call): string {
  const project = param(call, "project");
  if (isNormalisedName(project)) return project;
  throw new ServerError("NOTHING_THERE", "the address names no project in its normalised form");
}
