import type { RoleKind } from "./expiry.ts";
import type { Counters } from "./counters.ts";

/** Content type of Prometheus' text format. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** What is measured at the moment of asking. */
export interface Gauges {
  readonly now: number;
  readonly expiries: ReadonlyMap<RoleKind, number>;
  readonly counts: { readonly projects: number; readonly files: number; readonly accepted: number };
  readonly cacheBytes: number;
  readonly residentBytes: number;
}

type Samples = readonly (readonly [labels: string, value: number])[];

/** Everything in Prometheus' text format. */
export function renderMetrics(counters: Counters, gauges: Gauges): string {
  const expiry = [...gauges.expiries].map(([kind, at]) => [`{kind="${kind}"}`, (at - gauges.now) / 1000] as const);
  const requests = [...counters.requests].map(([status, value]) => [`{status="${status}"}`, value] as const);
  return [
    metric("role_expires_seconds", "gauge", "Seconds until the first role of a kind ends.", expiry),
    metric("requests_total", "counter", "Answers by class of status.", requests),
    metric("publications_total", "counter", "Publications by this process.", [["", counters.publications]]),
    metric("renewal_failures_total", "counter", "Failed attempts to publish or renew.", [
      ["", counters.renewalFailures],
    ]),
    metric("projects", "gauge", "Projects with files.", [["", gauges.counts.projects]]),
    metric("files", "gauge", "Published files.", [["", gauges.counts.files]]),
    metric("accepted_files", "gauge", "Files accepted but not yet published.", [["", gauges.counts.accepted]]),
    metric("cache_bytes", "gauge", "Memory for pages and metadata.", [["", gauges.cacheBytes]]),
    metric("resident_memory_bytes", "gauge", "Memory of the process.", [["", gauges.residentBytes]]),
    metric("start_time_seconds", "gauge", "When the process started.", [["", counters.startedAt / 1000]]),
  ].join("");
}

function metric(name: string, type: "gauge" | "counter", help: string, samples: Samples): string {
  const full = `countermark_${name}`;
  const lines = samples.map(([labels, value]) => `${full}${labels} ${value}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join("")}`;
}
