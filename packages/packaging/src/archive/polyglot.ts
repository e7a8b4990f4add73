import { PackagingError } from "../errors.ts";
import { readExactly, type ByteSource } from "./source.ts";
import { BLOCK_BYTES, hasTarChecksum } from "./tar/header.ts";
import { hasEndRecord } from "./zip/end-record.ts";

/** Refuses a gzip file that ends as a ZIP archive does: ZIP readers look at the end only. Throws `ARCHIVE_AMBIGUOUS`. */
export function checkNotAlsoZip(source: ByteSource): void {
  if (hasEndRecord(source)) throw refuse();
}

/** Refuses a ZIP archive that begins as a tar archive does. Throws `ARCHIVE_AMBIGUOUS`. */
export function checkNotAlsoTar(source: ByteSource): void {
  if (source.size >= BLOCK_BYTES && hasTarChecksum(readExactly(source, 0, BLOCK_BYTES))) throw refuse();
}

function refuse(): PackagingError {
  return new PackagingError("ARCHIVE_AMBIGUOUS", "the file is a ZIP archive and a tar archive at once", {
    hint: "which files are in it would depend on the installer",
  });
}
