import { monitorEventLoopDelay } from "node:perf_hooks";
import { isDeveloperRole, type RoleRecord } from "@countermark/repository";
import type { Call, Door } from "../http/door.ts";
import type { Clock } from "../clock.ts";
import type { PublishedCache } from "../http/published.ts";
import { reply } from "../http/reply.ts";
import type { IndexStore } from "../storage/index-store.ts";
import type { Counters } from "./counters.ts";
import { dutyOf, expiries, expiriesByDuty, expiryWarnings } from "./expiry.ts";
import { METRICS_TYPE, renderMetrics } from "./metrics.ts";

/** What the operator's own tools ask for. */
export interface HealthPorts {
  readonly store: IndexStore;
  readonly cache: PublishedCache;
  readonly counters: Counters;
  readonly clock: Clock;
}

/** `/-/health`, `/-/ready` and `/-/metrics`. */
export function addHealthRoutes(app: Door, ports: HealthPorts): void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  app.get("/-/health", async (call) => {
    const health = await healthOf(ports);
    return send(call, health.status === "failing" ? 503 : 200, "application/json", JSON.stringify(health));
  });
  // Ready: the database answers. Whether what it serves is fresh is health's business.
  app.get("/-/ready", async (call) => {
    await ports.store.timestamp();
    return send(call, 200, "text/plain; charset=utf-8", "ready\n");
  });
  app.get("/-/metrics", async (call) => {
    const { store, cache, counters, clock } = ports;
    const now = clock();
    const roles = await rolesOf(ports);
    const memory = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const heldUpSeconds = delay.max / 1e9;
    delay.reset();
    const gauges = {
      now,
      expiries: expiries(roles),
      duties: expiriesByDuty(roles, now),
      counts: await store.counts(),
      cacheBytes: cache.bytes,
      residentBytes: memory.rss,
      heapBytes: memory.heapUsed,
      cpuSeconds: (user + system) / 1e6,
      heldUpSeconds,
    };
    return send(call, 200, METRICS_TYPE, renderMetrics(counters, gauges));
  });
}

/** `failing`: installers refuse the index now. `warning`: they will, unless somebody acts. */
async function healthOf(ports: HealthPorts) {
  const now = ports.clock();
  const roles = expiries(await rolesOf(ports));
  const warnings = expiryWarnings(roles, now).map(({ message }) => message);
  const ended = [...roles].filter(([, expires]) => expires <= now);
  const status = ended.length > 0 ? "failing" : warnings.length > 0 ? "warning" : "ok";
  const expires = Object.fromEntries([...roles].map(([kind, at]) => [kind, new Date(at).toISOString()]));
  return { status, warnings, expires };
}

/** The records of all roles, read once for each publication: there may be hundreds of thousands. */
async function rolesOf({ store, cache }: HealthPorts): Promise<readonly RoleRecord[]> {
  const kept = await cache.ofIndex("health", async () => {
    const value = soonestOf(await store.roles());
    return { value, size: value.length * RECORD_BYTES };
  });
  return kept ?? [];
}

/** What one record costs in memory. */
const RECORD_BYTES = 300;

/** One record of each duty but the projects' own: what ends first is all that matters of the rest. */
function soonestOf(roles: readonly RoleRecord[]): readonly RoleRecord[] {
  const soonest = new Map<string, RoleRecord>();
  for (const role of roles) {
    const key = isDeveloperRole(role.name) ? role.name : dutyOf(role.name);
    const present = soonest.get(key);
    if (present === undefined || role.expires < present.expires) soonest.set(key, role);
  }
  return [...soonest.values()];
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
