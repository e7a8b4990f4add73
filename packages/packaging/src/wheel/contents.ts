import { createHash } from "node:crypto";
import { memberPieces } from "../archive/zip/member.ts";
import type { ZipArchive } from "../archive/zip/zip.ts";
import type { Report } from "../distribution/report.ts";
import { quote } from "../quote.ts";
import { recordProblem, type RecordRow } from "./record.ts";

/** In `.dist-info`: lists no hash of itself, and its signatures cannot be in it (PEP 427). */
const UNLISTED: readonly string[] = ["RECORD", "RECORD.jws", "RECORD.p7s"];

/**
 * Reads every member of a wheel and compares it with RECORD: each file is listed, with the right hash and size, and each
 * listed file is there. Reports `WHEEL_RECORD`; throws `ARCHIVE_CORRUPT`, `ARCHIVE_TRUNCATED`.
 */
export function checkContents(
  archive: ZipArchive,
  distInfo: string,
  rows: ReadonlyMap<string, RecordRow>,
  report: Report,
): void {
  const unlisted = new Set(UNLISTED.map((name) => `${distInfo}/${name}`));
  for (const entry of archive.entries.values()) {
    const row = unlisted.has(entry.name) ? undefined : rows.get(entry.name);
    const hash = createHash(row?.algorithm ?? "sha256");
    for (const piece of memberPieces(archive, entry)) hash.update(piece);
    if (entry.isFolder || unlisted.has(entry.name)) continue;
    if (row?.digest === undefined) report(recordProblem(`it has no hash of ${quote(entry.name)}`));
    else if (hash.digest("base64url") !== row.digest) report(recordProblem(`the hash of ${quote(entry.name)} differs`));
    if (row?.size !== undefined && row.size !== entry.size) {
      report(recordProblem(`the size of ${quote(entry.name)} differs`));
    }
  }
  for (const path of rows.keys()) {
    if (!archive.entries.has(path) && !unlisted.has(path))
      report(recordProblem(`it lists ${quote(path)}, which is missing`));
  }
}
