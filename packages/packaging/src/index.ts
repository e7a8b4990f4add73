export { bytesSource, type ByteSource } from "./archive/source.ts";
export { checkDistribution, type CheckedDistribution } from "./distribution/check.ts";
export type { Distribution } from "./distribution/distribution.ts";
export { parseDistributionFilename, type DistributionFilename } from "./distribution/filename.ts";
export { inspectDistribution } from "./distribution/inspect.ts";
export { PackagingError, type PackagingErrorCode } from "./errors.ts";
export { MAX_METADATA_BYTES, parseCoreMetadata, type CoreMetadata } from "./metadata/parse.ts";
export { parseRequirement, type Requirement } from "./metadata/requirement.ts";
export { confusableForm, lookalikeForm } from "./names/confusable.ts";
export { isName, MAX_NAME_LENGTH, normaliseName, parseName } from "./names/name.ts";
export { parseSdistFilename, type SdistFilename } from "./sdist/filename.ts";
export { renderProjectHtml, renderRootHtml } from "./simple/html.ts";
export { renderProjectJson, renderRootJson } from "./simple/json.ts";
export { negotiate, type SimpleMediaType } from "./simple/negotiate.ts";
export {
  SIMPLE_API_VERSION,
  type PageFile,
  type ProjectPage,
  type ProjectStatus,
  type RootPage,
} from "./simple/page.ts";
export { readLinkedFiles, readProjectNames, type LinkedFile } from "./simple/read.ts";
export { compareFormWithFile } from "./upload/compare.ts";
export { checkDigests, DigestStream, type UploadDigests } from "./upload/digests.ts";
export { FILE_FIELD, readUploadForm, type UploadedFile, type UploadFields, type UploadForm } from "./upload/form.ts";
export { compareVersions } from "./versions/compare.ts";
export { formatVersion, normaliseVersion } from "./versions/format.ts";
export { parseSpecifiers, type Specifier } from "./versions/specifier.ts";
export { isVersion, parseVersion, type Version } from "./versions/version.ts";
export { parseWheelFilename, type WheelFilename } from "./wheel/filename.ts";
