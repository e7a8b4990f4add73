import { ciEndWarning, type Protection } from "@countermark/repository/verifying";
import { printable } from "../printable.ts";
import type { Explanation, Link } from "./explain.ts";

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
/** Digits of a key's identity that are shown. */
const KEY_DIGITS = 12;

/** The chain of trust for people. `now` in milliseconds since the epoch. */
export function inWords(explanation: Explanation, now: number): string {
  const { project, index, fingerprint } = explanation;
  const named = explanation.version === undefined ? project : `${project} ${explanation.version}`;
  if (explanation.version !== undefined && explanation.files.length + explanation.withdrawn.length === 0)
    return `${named}: it is verified that ${index} has no such release`;
  if (!explanation.exists) return `${project}: it is verified that ${index} has no such project`;
  return [
    `${named}: ${summary(explanation)}`,
    "",
    `You trust ${index} by its first root, ${fingerprint.slice(0, KEY_DIGITS)}…. From there:`,
    ...explanation.chain.map((link, depth) => `  ${"  ".repeat(depth)}${describe(link, now)}`),
    `That this is the newest state, not an older one, is said by:`,
    ...explanation.freshness.map((link) => `  ${describe(link, now)}`),
    "",
    ...standing(explanation),
    FORGERY[explanation.protection],
    ...loneOwners(explanation),
    ...(explanation.ciEnd === undefined ? [] : [`Warning: ${ciEndWarning(project, Date.parse(explanation.ciEnd))}`]),
  ].join("\n");
}

/** People must know where one owner, who can name other releasers, undoes what several releasers are asked for. */
function loneOwners({ chain }: Explanation): readonly string[] {
  const [p, r] = ["p.", "r."].map((prefix) => chain.find(({ role }) => role.startsWith(prefix)));
  if (p === undefined || r === undefined || p.threshold >= r.threshold) return [];
  const owners = p.threshold === 1 ? "one owner alone" : `${p.threshold} owners`;
  return [
    `Warning: ${r.threshold} must sign a release, but ${owners} can change who they are: the lower number counts.`,
  ];
}

function summary({ files, withdrawn, protection, ceremony }: Explanation): string {
  const owned = protection === "claimed" || protection === "recently-claimed";
  if (owned && files.length + withdrawn.length === 0)
    return `deleted by its owners: no file is left, and the name stays taken (ceremony ${ceremony})`;
  const count = files.length === 1 ? "1 file" : `${files.length} files`;
  const gone = withdrawn.length === 0 ? "" : `, ${withdrawn.length} withdrawn`;
  return `${count}${gone}; ${PROTECTION[protection]} (ceremony ${ceremony})`;
}

const PROTECTION: Readonly<Record<Protection, string>> = {
  claimed: "signed by its own developers",
  sealed: "sealed as it was, by the index's key holders",
  "recently-claimed": "signed by its own developers, whose claim only the index vouches for so far",
  unclaimed: "nobody but the index vouches for it",
};

/** Who would have to be broken into (docs/spec/roles.md). Root could always name new keys, with its holders' threshold. */
const FORGERY: Readonly<Record<Protection, string>> = {
  claimed:
    "To forge a file, somebody needs the keys of enough of its releasers or owners, or the offline keys; breaking into the index is not enough.",
  sealed: "To forge a file, somebody needs the offline keys; breaking into the index is not enough.",
  "recently-claimed":
    "To forge a file for somebody who sees this project for the first time, breaking into the index is enough, until the next ceremony.",
  unclaimed:
    "To forge a file, breaking into the index is enough: its online keys list the files. A network, a mirror or a cache cannot.",
};

function standing({ standing: { status, reason, by }, files }: Explanation): readonly string[] {
  if (status === "active") return [];
  const why = reason === "" ? "" : `: ${printable(reason)}`;
  const refused = status === "withdrawn" || status === "quarantined" ? ", so nothing of it is installed" : "";
  const who = by === "releasers" ? "Those who release it say" : "The index's operator says";
  return [`${who} that it is ${status}${refused}${why}`, ...(files.length === 0 ? [] : [""])];
}

function describe({ role, version, holder, threshold, keys, signed, expires }: Link, now: number): string {
  const signers = `${threshold} of ${keys.length} ${keys.length === 1 ? "key" : "keys"}`;
  const names = keys.map((key) => key.slice(0, KEY_DIGITS)).join(", ");
  return `${role} version ${version}: ${holder}, ${signers} must sign (${names}), ${signed.length} did, good for ${span(Date.parse(expires) - now)}`;
}

function span(ms: number): string {
  if (ms < 2 * HOUR) return `${Math.max(0, Math.floor(ms / 60_000))} minutes`;
  return ms < 2 * DAY ? `${Math.floor(ms / HOUR)} hours` : `${Math.floor(ms / DAY)} days`;
}
