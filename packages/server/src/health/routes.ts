import type { Call, Door } from "../http/door.ts";
import type { Clock } from "../clock.ts";
import type { PublishedCache } from "../http/published.ts";
import { reply } from "../http/reply.ts";
import type { IndexStore } from "../storage/index-store.ts";
import type { Counters } from "./counters.ts";
import { expiries, expiryWarnings } from "./expiry.ts";
import { METRICS_TYPE, renderMetrics } from "./metrics.ts";

/** What the operator's own tools ask for. */
export interface HealthPorts {
  readonly store: IndexStore;
  readonly cache: PublishedCache;
  readonly counters: Counters;
  readonly clock: Clock;
}

/** `/-/health` and `/-/metrics`. */
export function addHealthRoutes(app: Door, ports: HealthPorts): void {
  app.get("/-/health", async (call) => {
    const health = await healthOf(ports);
    return send(call, health.status === "failing" ? 503 : 200, "application/json", JSON.stringify(health));
  });
  app.get("/-/metrics", async (call) => {
    const { store, cache, counters, clock } = ports;
    const roles = expiries(await store.roles());
    const gauges = {
      now: clock(),
      expiries: roles,
      counts: await store.counts(),
      cacheBytes: cache.bytes,
      residentBytes: process.memoryUsage.rss(),
    };
    return send(call, 200, METRICS_TYPE, renderMetrics(counters, gauges));
  });
}

/** `failing`: installers refuse the index now. `warning`: they will, unless somebody acts. */
async function healthOf({ store, clock }: HealthPorts) {
  const now = clock();
  const roles = expiries(await store.roles());
  const warnings = expiryWarnings(roles, now).map(({ message }) => message);
  const ended = [...roles].filter(([, expires]) => expires <= now);
  const status = ended.length > 0 ? "failing" : warnings.length > 0 ? "warning" : "ok";
  const expires = Object.fromEntries([...roles].map(([kind, at]) => [kind, new Date(at).toISOString()]));
  return { status, warnings, expires };
}

function send(call: Call, status: number, type: string, text: string): Response {
  const body = Buffer.from(text);
  return reply(
    call,
    status,
    { "content-type": type, "content-length": body.byteLength, "cache-control": "no-store" },
    body,
  );
}
