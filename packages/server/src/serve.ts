import { peerOf } from "@countermark/identity";
import type { Logger } from "pino";
import { Checker } from "./checking/checker.ts";
import type { Clock } from "./clock.ts";
import type { OpenIndex } from "./data-folder.ts";
import { Counters } from "./health/counters.ts";
import { expiries, expiryWarnings } from "./health/expiry.ts";
import { makeApp } from "./http/app.ts";
import type { Place } from "./http/bind.ts";
import { TrustedProxies } from "./http/forwarded.ts";
import { PublishedCache } from "./http/published.ts";
import { RequestLog } from "./http/request-log.ts";
import { listen } from "./http/server.ts";
import type { TlsFiles } from "./http/tls.ts";
import { makePublisher } from "./publisher/make.ts";
import type { Publisher } from "./publisher/publisher.ts";
import { Renewal } from "./publisher/renewal.ts";
import { DEFAULT_UPLOAD_LIMITS, type UploadLimits } from "./upload/limits.ts";

/** Memory for pages and metadata, compressed forms included. */
const CACHE_BYTES = 64 * 1024 * 1024;
/** How often the log repeats that offline roles are about to end. */
const WARN_EVERY_MS = 24 * 60 * 60 * 1000;
/** How often expired nonces, transactions, staged files, sessions and tokens are forgotten. */
const SWEEP_EVERY_MS = 60 * 60 * 1000;

/** How often a server that nobody asks looks whether pages have changed, to have large ones ready. */
const LOOK_EVERY_MS = 250;

/** New projects that one account may claim in a day, unless the operator says otherwise. */
const DEFAULT_NEW_CLAIMS = 100;

const WATCH = "cannot look for changes";

export interface ServeOptions {
  /** Port 0: any free one. */
  readonly place: Place;
  readonly tls?: TlsFiles | undefined;
  /** Addresses and networks of proxies whose word about the client is taken. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Every answer is logged, not only failures. */
  readonly logRequests?: boolean | undefined;
  /** Newcomers need a code from the operator. */
  readonly invitationOnly?: boolean | undefined;
  /** New projects that one account may claim in a day. */
  readonly maxNewClaims?: number | undefined;
  /** Reading needs a token. */
  readonly isPrivate?: boolean | undefined;
  readonly uploadLimits?: Partial<UploadLimits> | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface RunningIndex {
  /** Base URL, ending with a slash; `unix:/PATH` for a socket in the file system. */
  readonly url: string;
  /** Reads certificate and key anew. */
  reload(): void;
  stop(): Promise<void>;
}

/** Signs what is due, then answers; until it is stopped. */
export async function startIndex(index: OpenIndex, options: ServeOptions): Promise<RunningIndex> {
  const { clock, log } = options;
  const counters = new Counters(clock());
  const cache = new PublishedCache(index.store, CACHE_BYTES);
  const proxies = new TrustedProxies(options.trustedProxies ?? []);
  const requests = new RequestLog({
    log,
    proxies,
    all: options.logRequests === true,
    count: counters.request.bind(counters),
  });
  const checker = new Checker();
  const publisher = makePublisher(index, clock);
  const renewal = makeRenewal(publisher, clock, counters, log);
  await index.blobs.tidy();
  await renewal.start();
  const timers = [await keepWarning(index, clock, log), keepSweeping(index, clock, log), keepReady(cache)];
  const gate = (): Promise<unknown> | undefined => renewal.gate()?.then(() => cache.catchUp()) ?? cache.catchUp();
  let peers: readonly string[] = [];
  const api = {
    ...{ publisher, peers: () => peers },
    invitationOnly: options.invitationOnly === true,
    maxNewClaims: options.maxNewClaims ?? DEFAULT_NEW_CLAIMS,
    clientOf: proxies.clientOf.bind(proxies),
  };
  const app = makeApp({
    ...{ index, cache, counters, checker, clock, api, onError: requests.failed },
    isPrivate: options.isPrivate === true,
    uploadLimits: { ...DEFAULT_UPLOAD_LIMITS, ...options.uploadLimits },
    onFailure: telling(log, "failed beside an answer"),
  });
  try {
    const told = {
      gate,
      onRequest: requests.begin,
      onError: telling(log, WATCH),
      onNoRequest: counters.noRequest.bind(counters),
    };
    const listening = await listen({ app, ...told }, options.place, options.tls);
    const url = urlOf(listening.place, options.tls !== undefined);
    peers = peersOf(index.settings.publicUrl, listening.place, options.tls !== undefined);
    log.info({ url, fingerprint: index.settings.repositoryId }, "listening");
    const stop = async (): Promise<void> => {
      log.info("stopping");
      for (const timer of timers) clearInterval(timer);
      await listening.stop();
      await checker.close();
      await renewal.stop();
      log.info("stopped");
    };
    const reload = (): void => {
      if (options.tls === undefined) return;
      try {
        listening.reload();
        log.info("certificate read anew");
      } catch (error) {
        log.error({ err: error }, "the certificate cannot be read anew: the old one stays");
      }
    };
    return { url, reload, stop };
  } catch (error) {
    for (const timer of timers) clearInterval(timer);
    await renewal.stop();
    throw error;
  }
}

function makeRenewal(publisher: Publisher, clock: Clock, counters: Counters, log: Logger): Renewal {
  return new Renewal(publisher, clock, {
    onPublished: (signed, transactions) => {
      counters.publications += 1;
      log.info({ signed, transactions }, "published");
    },
    onFailure: (error) => {
      counters.renewalFailures += 1;
      log.error({ err: error }, "cannot publish or renew");
    },
  });
}

function keepSweeping({ claims, accounts }: OpenIndex, clock: Clock, log: Logger): NodeJS.Timeout {
  return setInterval(() => {
    Promise.all([claims.sweep(clock()), accounts.sweepTokens(clock())]).catch(
      telling(log, "cannot forget what has expired"),
    );
  }, SWEEP_EVERY_MS);
}

/** A failure is told to whoever asks next. */
function keepReady(cache: PublishedCache): NodeJS.Timeout {
  return setInterval(() => {
    cache.catchUp()?.catch(() => undefined);
  }, LOOK_EVERY_MS);
}

function telling(log: Logger, what: string): (error: unknown) => void {
  return (error) => {
    log.error({ err: error }, what);
  };
}

async function keepWarning({ store }: OpenIndex, clock: Clock, log: Logger): Promise<NodeJS.Timeout> {
  const warn = async (): Promise<void> => {
    for (const { message, threshold, expires } of expiryWarnings(expiries(await store.roles()), clock())) {
      const about = { threshold, expires: new Date(expires).toISOString() };
      if (threshold <= 7) log.error(about, message);
      else log.warn(about, message);
    }
  };
  await warn();
  return setInterval(() => {
    warn().catch((error: unknown) => {
      log.error({ err: error }, "cannot look at the expiry of roles");
    });
  }, WARN_EVERY_MS);
}

/** The addresses that statements may be bound to: the public one, and those of a loopback listener. */
function peersOf(publicUrl: string | undefined, place: Place, secure: boolean): readonly string[] {
  const peers = publicUrl === undefined ? [] : [peerOf(publicUrl)];
  if ("path" in place || !["127.0.0.1", "::1"].includes(place.host)) return peers;
  const loopback = [urlOf(place, secure), urlOf({ ...place, host: "localhost" }, secure)];
  return [...new Set([...peers, ...loopback.map(peerOf)])];
}

function urlOf(place: Place, secure: boolean): string {
  if ("path" in place) return `unix:${place.path}`;
  const { host, port } = place;
  return `${secure ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}/`;
}
