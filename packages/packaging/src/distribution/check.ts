import type { ByteSource } from "../archive/source.ts";
import type { PackagingError } from "../errors.ts";
import { checkSdist } from "../sdist/check.ts";
import { checkWheel } from "../wheel/check.ts";
import type { Distribution } from "./distribution.ts";
import { distributionKind } from "./filename.ts";
import { collectProblems } from "./report.ts";

/** What a full check found. */
export interface CheckedDistribution {
  readonly distribution: Distribution;
  /** Everything wrong with it, at most 100 entries; none: it is fit to be published. */
  readonly problems: readonly PackagingError[];
}

/**
 * Reads a file from end to end, in bounded memory, and checks all that a publisher can get wrong: every checksum, RECORD,
 * WHEEL, entry points, license files, dependencies. Throws `PackagingError` where {@link inspectDistribution} would, and
 * where content does not match its checksum; what is wrong beyond that comes back as a list.
 */
export function checkDistribution(filename: string, source: ByteSource): CheckedDistribution {
  const { problems, report } = collectProblems();
  const check = distributionKind(filename) === "wheel" ? checkWheel : checkSdist;
  return { distribution: check(filename, source, report), problems };
}
