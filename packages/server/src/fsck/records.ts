import { describeRoleFile, type RoleRecord } from "@countermark/repository";
import { readRoot, readTargets, TufError } from "@countermark/tuf";
import type { IndexStore } from "../storage/index-store.ts";
import type { RowsChange } from "../storage/sqlite/inspection.ts";
import type { Finding } from "./findings.ts";
import type { SignedIndex } from "./signed-index.ts";

/**
 * Holds the record of every present role against the signed snapshot and against its file. The publisher and the
 * expiry warnings work from records.
 */
export async function checkRecords(
  store: IndexStore,
  signed: SignedIndex,
): Promise<readonly { readonly finding: Finding; readonly change?: RowsChange }[]> {
  const found: { finding: Finding; change?: RowsChange }[] = [];
  const records = new Map((await store.roles()).map((record) => [record.name, record]));
  const { root, timestamp, snapshot } = signed.set;
  const present = new Map(signed.listed);
  for (const [name, version] of [
    ["root", root.signed.version],
    ["timestamp", timestamp?.signed.version ?? 0],
    ["snapshot", snapshot?.signed.version ?? 0],
  ] as const) {
    present.set(name, version);
  }
  for (const [name, version] of present) {
    const bytes = await store.roleFile(name, version);
    if (bytes === undefined) {
      found.push({ finding: { kind: "role-missing", subject: name, detail: `version ${version} is not there` } });
      continue;
    }
    const right = describeRoleFile(name, version, expiresOf(name, bytes, signed) ?? 0, bytes);
    const wrong = disagreements(records.get(name), right);
    if (wrong.length === 0) continue;
    const finding = { kind: "role-record", subject: name, detail: `by ${wrong.join(", ")}` } as const;
    found.push({ finding, change: { change: "role", role: right } });
  }
  for (const name of records.keys()) {
    if (present.has(name)) continue;
    found.push({ finding: { kind: "role-unlisted", subject: name, detail: "the snapshot does not list it" } });
  }
  return found;
}

function disagreements(record: RoleRecord | undefined, right: RoleRecord): readonly string[] {
  if (record === undefined) return ["its absence"];
  // Records know the millisecond, files only the second.
  const seconds = { ...record, expires: Math.floor(record.expires / SECOND) * SECOND };
  return (["version", "expires", "length", "sha256"] as const).filter((field) => seconds[field] !== right[field]);
}

const SECOND = 1000;

/** What a file says of its own end; undefined where it cannot be read, which the walk tells of. */
function expiresOf(name: string, bytes: Uint8Array, { set }: SignedIndex): number | undefined {
  if (name === "timestamp") return set.timestamp?.signed.expires;
  if (name === "snapshot") return set.snapshot?.signed.expires;
  try {
    return name === "root" ? readRoot(bytes).signed.expires : readTargets(bytes).signed.expires;
  } catch (error) {
    if (error instanceof TufError) return undefined;
    throw error;
  }
}
