/*
 * Names, versions and file names: what is read without opening a file. An entry of its own, because a command that only
 * looks things up must not load the readers of archives to start.
 */
export { parseDistributionFilename, type DistributionFilename } from "./distribution/filename.ts";
export { PackagingError, type PackagingErrorCode } from "./errors.ts";
export { isName, MAX_NAME_LENGTH, normaliseName, parseName } from "./names/name.ts";
export { compareVersions } from "./versions/compare.ts";
export { formatVersion, normaliseVersion } from "./versions/format.ts";
export { isVersion, parseVersion, type Version } from "./versions/version.ts";
export { parseWheelFilename, type WheelFilename } from "./wheel/filename.ts";
