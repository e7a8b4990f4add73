import type { RoleKind } from "./expiry.ts";
import type { Counters } from "./counters.ts";

/** Content type of Prometheus' text format. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** What is measured at the moment of asking. */
export interface Gauges {
  readonly now: number;
  readonly expiries: ReadonlyMap<RoleKind, number>;
  /** By duty: finer than by kind. */
  readonly duties: ReadonlyMap<string, number>;
  readonly counts: { readonly projects: number; readonly files: number; readonly accepted: number };
  readonly cacheBytes: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly cpuSeconds: number;
  /** The longest that the event loop was held up since the last look. */
  readonly heldUpSeconds: number;
}

type Samples = readonly (readonly [labels: string, value: number])[];

/** Everything in Prometheus' text format. */
export function renderMetrics(counters: Counters, gauges: Gauges): string {
  const expiry = [...gauges.expiries].map(([kind, at]) => [`{kind="${kind}"}`, (at - gauges.now) / 1000] as const);
  const requests = [...counters.requests].map(([status, value]) => [`{status="${status}"}`, value] as const);
  const duties = [...gauges.duties].map(([duty, at]) => [`{role="${duty}"}`, (at - gauges.now) / 1000] as const);
  const refusals = [...counters.refusals].map(([code, value]) => [`{code="${code}"}`, value] as const);
  return [
    metric("role_expires_seconds", "gauge", "Seconds until the first role of a kind ends.", expiry),
    metric("requests_total", "counter", "Answers by class of status.", requests),
    metric("role_soonest_expiry_seconds", "gauge", "Seconds until the first role of a duty ends.", duties),
    metric("uploads_total", "counter", "Files taken in over HTTP.", [["", counters.uploads]]),
    metric("refusals_total", "counter", "Refusals by code.", refusals),
    metric("publications_total", "counter", "Publications by this process.", [["", counters.publications]]),
    metric("renewal_failures_total", "counter", "Failed attempts to publish or renew.", [
      ["", counters.renewalFailures],
    ]),
    metric("projects", "gauge", "Projects with files.", [["", gauges.counts.projects]]),
    metric("files", "gauge", "Published files.", [["", gauges.counts.files]]),
    metric("accepted_files", "gauge", "Files accepted but not yet published.", [["", gauges.counts.accepted]]),
    metric("cache_bytes", "gauge", "Memory for pages and metadata.", [["", gauges.cacheBytes]]),
    metric("resident_memory_bytes", "gauge", "Memory of the process.", [["", gauges.residentBytes]]),
    metric("heap_used_bytes", "gauge", "JavaScript heap in use.", [["", gauges.heapBytes]]),
    metric("cpu_seconds_total", "counter", "CPU time of the process.", [["", gauges.cpuSeconds]]),
    metric("held_up_seconds", "gauge", "Longest hold-up of the event loop since the last look.", [
      ["", gauges.heldUpSeconds],
    ]),
    metric("start_time_seconds", "gauge", "When the process started.", [["", counters.startedAt / 1000]]),
  ].join("");
}

function metric(name: string, type: "gauge" | "counter", help: string, samples: Samples): string {
  const full = `countermark_${name}`;
  const lines = samples.map(([labels, value]) => `${full}${labels} ${value}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join("")}`;
}
