import { PackagingError } from "../errors.ts";
import { quote } from "../quote.ts";

/**
 * Refuses members that would become one file: equal names, names that differ only in Unicode normalisation, a file
 * where another member needs a folder. Names that differ in case alone are allowed: real wheels for Linux have such
 * (kernel headers). Throws `ARCHIVE_DUPLICATE`.
 */
export function checkNoCollisions(names: Iterable<string>): void {
  const taken = new Set<string>();
  const files: string[] = [];
  const parents = new Set<string>();
  for (const name of names) {
    const isFolder = name.endsWith("/");
    const path = (isFolder ? name.slice(0, -1) : name).normalize("NFC");
    if (taken.has(path)) throw duplicate(name);
    taken.add(path);
    if (!isFolder) files.push(path);
    addParents(path, parents);
  }
  const both = files.find((path) => parents.has(path));
  if (both !== undefined) throw duplicate(both);
}

function addParents(path: string, parents: Set<string>): void {
  for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
    const parent = path.slice(0, slash);
    if (parents.has(parent)) return;
    parents.add(parent);
  }
}

function duplicate(name: string): PackagingError {
  return new PackagingError("ARCHIVE_DUPLICATE", `two members of the archive would become one file: ${quote(name)}`, {
    hint: "rebuild the archive; which of the two is installed would depend on the installer",
  });
}
