import { PackagingError } from "../errors.ts";

/** Something wrong with the values of the metadata. */
export function problem(reason: string): PackagingError {
  return new PackagingError("METADATA_FORMAT", `the core metadata is malformed: ${reason}`, {
    hint: "see the core metadata specification, versions 1.0 to 2.5",
  });
}
