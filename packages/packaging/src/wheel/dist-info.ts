import { PackagingError } from "../errors.ts";
import { quote } from "../quote.ts";
import { normaliseName } from "../names/name.ts";
import { compareVersions } from "../versions/compare.ts";
import { isVersion, parseVersion } from "../versions/version.ts";
import type { WheelFilename } from "./filename.ts";

const SUFFIX = ".dist-info";

/**
 * The one `.dist-info` folder of a wheel, without slash (PEP 427). Others, also such that differ in case, are refused:
 * installers choose by different rules. Throws `WHEEL_LAYOUT`.
 */
export function findDistInfo(names: Iterable<string>, wheel: WheelFilename): string {
  const folders = new Set<string>();
  for (const name of names) {
    const slash = name.indexOf("/");
    const top = slash === -1 ? name : name.slice(0, slash);
    if (top.toLowerCase().endsWith(SUFFIX)) folders.add(top);
  }
  const [folder, other] = folders;
  if (folder === undefined) throw refuse("it has no .dist-info folder");
  if (other !== undefined) throw refuse("it has more than one .dist-info folder");
  const [name = "", version = "", ...rest] = folder.slice(0, -SUFFIX.length).split("-");
  const matches =
    rest.length === 0 &&
    folder.endsWith(SUFFIX) &&
    normaliseName(name) === wheel.name &&
    isVersion(version) &&
    compareVersions(parseVersion(version), wheel.version) === 0;
  if (!matches) throw refuse(`its folder ${quote(folder)} is of another project or version than its file name`);
  return folder;
}

function refuse(reason: string): PackagingError {
  return new PackagingError("WHEEL_LAYOUT", `not laid out as a wheel: ${reason}`, {
    hint: "a wheel has one NAME-VERSION.dist-info folder with METADATA, WHEEL and RECORD (PEP 427)",
  });
}
