import type { ByteSource } from "../archive/source.ts";
import { inspectSdist } from "../sdist/inspect.ts";
import { inspectWheel } from "../wheel/inspect.ts";
import { distributionKind } from "./filename.ts";
import type { Distribution } from "./distribution.ts";

/**
 * Finds out what a file is: its structure can be read in one way only, and its metadata is of the project and version
 * that its name says. Of a wheel, only directory, headers and METADATA are read; an sdist is read once, in pieces.
 * Throws `PackagingError`, and whatever `source` throws.
 */
export function inspectDistribution(filename: string, source: ByteSource): Distribution {
  return distributionKind(filename) === "wheel" ? inspectWheel(filename, source) : inspectSdist(filename, source);
}
