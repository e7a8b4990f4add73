import type { ByteSource } from "../archive/source.ts";
import type { Distribution } from "../distribution/distribution.ts";
import { isOf, makeDistribution } from "../distribution/identity.ts";
import { PackagingError } from "../errors.ts";
import { parseCoreMetadata } from "../metadata/parse.ts";
import { quote } from "../quote.ts";
import { readTarSdist, readZipSdist, type SdistContents } from "./contents.ts";
import { sdistReadings, sdistSuffix } from "./filename.ts";

/** What an sdist is. Reads all of a `.tar.gz`, of a `.zip` as of a wheel. Throws `PackagingError`. */
export function inspectSdist(filename: string, source: ByteSource): Distribution {
  return identifySdist(filename, readSdist(filename, source, { verify: false }));
}

/** Reads an sdist of either form. */
export function readSdist(filename: string, source: ByteSource, options: { verify: boolean }): SdistContents {
  checkHasReading(filename);
  return sdistSuffix(filename) === ".zip" ? readZipSdist(source, options) : readTarSdist(source);
}

/**
 * Whose an sdist is. An old name with dashes can have several readings (`foo-2-1`): the metadata decides between them.
 * Throws `METADATA_FORMAT`, `METADATA_MISMATCH`.
 */
export function identifySdist(filename: string, { pkgInfo }: SdistContents): Distribution {
  const metadata = parseCoreMetadata(pkgInfo);
  const readings = checkHasReading(filename);
  const named = readings.find((reading) => isOf(metadata, reading)) ?? readings[0];
  return makeDistribution(filename, "sdist", named, { metadata, bytes: pkgInfo });
}

function checkHasReading(filename: string): readonly [SdistReading, ...SdistReading[]] {
  const [first, ...more] = sdistReadings(filename);
  if (first !== undefined) return [first, ...more];
  throw new PackagingError("FILENAME", `not the name of an sdist: ${quote(filename)}: no name and version in it`, {
    hint: "source distributions are named NAME-VERSION.tar.gz (PEP 625)",
  });
}

type SdistReading = ReturnType<typeof sdistReadings>[number];
