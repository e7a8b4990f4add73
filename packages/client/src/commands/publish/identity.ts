import { generatePhrase, proveEnrolment, verifyEnrolment } from "@countermark/identity";
import {
  apiPaths,
  decodeEnrolmentRequest,
  encodeAdmissionRequest,
  encodeEnrolmentRequest,
  encodeRevocationRequest,
} from "@countermark/repository";
import { peerOf } from "@countermark/identity";
import { chooseAccount, identityOf, viewAccount } from "../../account/account-book.ts";
import type { IndexApi } from "../../account/index-api.ts";
import { openApi } from "../../account/open-api.ts";
import type { SigningOptions } from "../../account/key-source.ts";
import { openIdentity } from "../../account/open-identity.ts";
import { challenge } from "../../account/sign-in.ts";
import { ClientError } from "../../errors.ts";
import { askForYes } from "../../prompt/questions.ts";
import { openSession, type OpenIndex } from "../../session.ts";
import { print, say } from "../report.ts";
import { signedInAs } from "./signed-in.ts";

/** Longest offer that is read, in characters. */
const MAX_OFFER = 64 * 1024;
const OFFER = /^cm-offer:([A-Za-z0-9_-]+)$/;

/** Prints seven new words, for scripts that make accounts. */
export function phrase(): number {
  print(generatePhrase().join(" "));
  return 0;
}

/** Prints who this user is to the index, from what this machine remembers. */
export async function showIdentity(options: SigningOptions & { readonly json?: boolean }): Promise<number> {
  return await atIndex(options, async ({ store, repository }, api) => {
    const { name, generation, source, keys } = await chooseAccount(store, repository, options, api);
    if (options.json === true)
      print(JSON.stringify({ index: repository.url, account: name, generation, source, keys }));
    else print([`${name} at ${repository.url}`, `release key ${keys?.release ?? "not seen here yet"}`].join("\n"));
    return 0;
  });
}

/** Lists the keys of the account as the index knows them. */
export async function listIdentities(options: SigningOptions & { readonly json?: boolean }): Promise<number> {
  return await atIndex(options, async ({ store, repository }, api) => {
    const { name, keys: own } = await chooseAccount(store, repository, options, api);
    const view = await viewAccount(api, name);
    const keys = (view?.keys ?? []).map(({ release, login, since }) => ({
      release: identityOf(release),
      login: identityOf(login),
      since: new Date(since).toISOString(),
    }));
    if (options.json === true) print(JSON.stringify({ account: name, keys }));
    for (const key of options.json === true ? [] : keys) {
      print(
        `${key.release ?? "unreadable"}  since ${key.since.slice(0, 10)}${key.release === own?.release ? "  (this machine)" : ""}`,
      );
    }
    return 0;
  });
}

/** Revokes a key of the account. What `p.` and `r.` say of it is the projects' owners' business. */
export async function revokeIdentity(key: string, options: SigningOptions): Promise<number> {
  return await signedInAs(
    options,
    `to revoke the key ${key.slice(0, 12)}`,
    undefined,
    async ({ api, at, account, identity }) => {
      const view = await viewAccount(api, account.name);
      const meant = (view?.keys ?? [])
        .map(({ release }) => identityOf(release))
        .filter((each) => each?.startsWith(key));
      const [only] = meant;
      if (only === undefined || meant.length !== 1) {
        throw new ClientError("KEY_MISSING", `${meant.length} keys of ${account.name} begin with ${key}`, {
          hint: "countermark identity list shows them",
        });
      }
      const context = await challenge(api, at.repository, account.name);
      const { keyId, signature } = await identity.signStatement("revoke", context, { key: only });
      const body = encodeRevocationRequest({ nonce: context.nonce, key: only, keyId, signature });
      await api.send({ method: "POST", path: apiPaths.accountRevocations(account.name), body });
      say(`countermark: the key ${only.slice(0, 12)} opens ${account.name} no more`);
      say("\nhint: projects that name it go on to: countermark project releasers PROJECT --remove KEY");
      return 0;
    },
  );
}

/** On the new machine: prints its keys with proofs, good for five minutes, for `identity admit` on one that is in. */
export async function offerIdentity(options: SigningOptions): Promise<number> {
  return await atIndex(options, async ({ store, repository }, api) => {
    const account = await chooseAccount(store, repository, options, api);
    using identity = await openIdentity({
      account: { repository: repository.id, account: account.name },
      generation: account.generation,
      source: account.source,
      options,
      title: `Keys to offer to ${account.name}`,
    });
    const context = await challenge(api, repository, account.name);
    const proofs = await proveEnrolment(identity, context);
    const offer = encodeEnrolmentRequest({ account: account.name, generation: 1, nonce: context.nonce, ...proofs });
    print(`cm-offer:${Buffer.from(offer).toString("base64url")}`);
    say(`countermark: the key ${identity.publicKeys.release.identity} is offered; compare it on the other machine`);
    return 0;
  });
}

/** On a machine that is in: lets the offered keys of another one in. */
export async function admitIdentity(
  offer: string,
  options: SigningOptions & { readonly yes?: boolean },
): Promise<number> {
  return await signedInAs(options, "to let another machine in", undefined, async ({ api, at, account, identity }) => {
    const request = readOffer(offer);
    const context = {
      repository: at.repository.id,
      account: account.name,
      peer: peerOf(at.repository.url),
      nonce: request.nonce,
    };
    const { release, login } = verifyEnrolment(context, request);
    say(`${account.name} lets in the key ${release.identity}`);
    if (options.yes !== true) await askForYes("Does the other machine show the same?");
    const admission = await identity.signStatement("admit", context, {
      release: release.identity,
      login: login.identity,
    });
    const { keyId, signature } = admission;
    const body = encodeAdmissionRequest({ ...request, keyId, signature });
    await api.send({ method: "POST", path: apiPaths.accountKeys(account.name), body });
    say(`countermark: the key ${release.identity.slice(0, 12)} is in`);
    return 0;
  });
}

function readOffer(text: string) {
  const encoded = text.length <= MAX_OFFER ? OFFER.exec(text.trim())?.[1] : undefined;
  if (encoded === undefined) {
    throw new ClientError("USAGE", "this is no offer of keys", {
      hint: "countermark identity offer prints one on the new machine",
    });
  }
  return decodeEnrolmentRequest(Buffer.from(encoded, "base64url"));
}

async function atIndex<T>(options: SigningOptions, work: (at: OpenIndex, api: IndexApi) => Promise<T>): Promise<T> {
  const session = await openSession(options.index);
  const api = openApi(session);
  try {
    return await work(session, api);
  } finally {
    await api.close();
    await session.close();
  }
}
