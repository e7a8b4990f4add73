import { PackagingError } from "../errors.ts";
import { quote } from "../quote.ts";
import type { TarEntry } from "../archive/tar/tar.ts";

/**
 * Refuses links that lead out of the sdist's top folder, absolute ones, and hard links to anything but a file that came
 * before (as Python's `data` filter, PEP 706, and stricter). Throws `ARCHIVE_LINK`.
 */
export function checkLink(entry: TarEntry, files: ReadonlySet<string>): void {
  const { name, target } = entry;
  if (target === undefined) return;
  if (entry.type === "hardlink") {
    if (!files.has(target)) throw refuse(name, "is a hard link to no earlier file");
    return;
  }
  if (target === "" || target.startsWith("/") || target.includes("\\") || /^[A-Za-z]:/.test(target)) {
    throw refuse(name, "is a link to an absolute path");
  }
  if (!staysInside(name, target)) throw refuse(name, "is a link out of the archive");
}

/**
 * Whether the target goes up no further than the top folder, and only then down: `..` behind a name could stand behind
 * another link, and lead anywhere. No member lies below a link, so the way up is the one that the names show.
 */
function staysInside(name: string, target: string): boolean {
  let depth = name.split("/").length - 1;
  let wentDown = false;
  for (const part of target.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") wentDown = true;
    else if (wentDown) return false;
    else depth -= 1;
    if (depth < 1) return false;
  }
  return true;
}

function refuse(name: string, what: string): PackagingError {
  return new PackagingError("ARCHIVE_LINK", `${quote(name)} ${what}`, {
    hint: "replace the link by a copy of what it names",
  });
}
