import type { Logger } from "pino";
import type { Clock } from "./clock.ts";
import type { OpenIndex } from "./data-folder.ts";
import { ServerError } from "./errors.ts";
import { Counters } from "./health/counters.ts";
import { expiries, expiryWarnings } from "./health/expiry.ts";
import { makeApp } from "./http/app.ts";
import { PublishedCache } from "./http/published.ts";
import { listen } from "./http/server.ts";
import { makePublisher } from "./publisher/make.ts";
import { Renewal } from "./publisher/renewal.ts";

/** Memory for pages and metadata, compressed forms included. */
const CACHE_BYTES = 64 * 1024 * 1024;
/** How often the log repeats that offline roles are about to end. */
const WARN_EVERY_MS = 24 * 60 * 60 * 1000;

export interface ServeOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface RunningIndex {
  /** Base URL, ending with a slash. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Signs what is due, then answers; until it is stopped. */
export async function startIndex(index: OpenIndex, { host, port, clock, log }: ServeOptions): Promise<RunningIndex> {
  const counters = new Counters(clock());
  const cache = new PublishedCache(index.store, CACHE_BYTES);
  const onError = (error: unknown, path?: string): void => {
    log.error({ err: error, code: error instanceof ServerError ? error.code : undefined, path }, "failed to answer");
  };
  const renewal = new Renewal(makePublisher(index, clock), clock, {
    onPublished: (signed, transactions) => {
      counters.publications += 1;
      log.info({ signed, transactions }, "published");
    },
    onFailure: (error) => {
      counters.renewalFailures += 1;
      log.error({ err: error }, "cannot publish or renew");
    },
  });
  await index.blobs.tidy();
  await renewal.start();
  const warning = await keepWarning(index, clock, log);
  const gate = (): Promise<unknown> | undefined => renewal.gate()?.then(() => cache.catchUp()) ?? cache.catchUp();
  const app = makeApp({ index, cache, counters, clock, onError });
  const onAnswer = counters.request.bind(counters);
  try {
    const listening = await listen({ app, gate, onAnswer, onError }, host, port);
    const url = urlOf(listening.host, listening.port);
    log.info({ url, fingerprint: index.settings.repositoryId }, "listening");
    const stop = async (): Promise<void> => {
      log.info("stopping");
      clearInterval(warning);
      await listening.stop();
      await renewal.stop();
      log.info("stopped");
    };
    return { url, stop };
  } catch (error) {
    clearInterval(warning);
    await renewal.stop();
    throw error;
  }
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

function urlOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}/`;
}
