import { parseVersion, type Version } from "./version.ts";

/** The normal form of PEP 440. Trailing zeros of the release stay: `1.0` and `1.0.0` are equal, yet written differently. */
export function formatVersion({ epoch, release, pre, post, dev, local }: Version): string {
  return [
    epoch === 0n ? "" : `${epoch.toString()}!`,
    release.join("."),
    pre === undefined ? "" : `${pre.phase}${pre.number.toString()}`,
    post === undefined ? "" : `.post${post.toString()}`,
    dev === undefined ? "" : `.dev${dev.toString()}`,
    local === undefined ? "" : `+${local.join(".")}`,
  ].join("");
}

/** {@link formatVersion} of a text. Throws `VERSION`. */
export function normaliseVersion(text: string): string {
  return formatVersion(parseVersion(text));
}
