import type { ComposedCeremony, Decision } from "@countermark/repository";

/** Claims of one kind that are told one by one; of more only their number is. */
const MAX_TOLD = 20;

/** What a ceremony would do, in words, the riskiest first: what the holder decides upon. */
export function ceremonyInWords({ ceremony, decisions, roles }: ComposedCeremony): readonly string[] {
  const ordered = [...decisions].sort((a, b) => b.risk - a.risk);
  const told = new Set<Decision>();
  const lines = [`ceremony ${ceremony}: ${roles.size} offline roles are signed anew`];
  for (const [title, matches] of KINDS) {
    const some = ordered.filter((decision) => matches(decision) && !told.has(decision));
    if (some.length === 0) continue;
    for (const decision of some) told.add(decision);
    lines.push(`${title}: ${some.length}`);
    for (const decision of some.slice(0, MAX_TOLD)) lines.push(`  ${inWords(decision)}`);
    if (some.length > MAX_TOLD) lines.push(`  and ${some.length - MAX_TOLD} more by the same rules`);
  }
  lines.push("no auditor's copy was compared: what projects exist is believed as the index says");
  return lines;
}

/** Each decision is told under the first title that fits. */
const KINDS: readonly (readonly [string, (decision: Decision) => boolean])[] = [
  ["against the rule, by your word", ({ override }) => override !== undefined],
  [
    "urgent: somebody was let go, whom the index alone keeps out until this is published",
    ({ urgent }) => urgent === true,
  ],
  ["claimed projects with other owners", ({ action, risk }) => action === "update" && risk > 0],
  [
    "claimed for good, after having had files before",
    ({ action, risk, override }) => action === "promote" && risk > 0 && override === undefined,
  ],
  ["claimed for good by rule", ({ action, risk }) => action === "promote" && risk === 0],
  ["claimed projects with higher floors", ({ action, risk }) => action === "update" && risk === 0],
  ["not yet", ({ action }) => action === "wait"],
];

function inWords({ project, rule, override }: Decision): string {
  return override === undefined ? `${project}: ${rule}` : `${project}: ${rule}; your reason: ${override}`;
}
