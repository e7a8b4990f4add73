import { PackagingError } from "../errors.ts";
import { quote } from "../quote.ts";

/** Longest member name, in bytes. */
export const MAX_MEMBER_NAME_BYTES = 1024;
/** Most parts between slashes. */
export const MAX_MEMBER_DEPTH = 64;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Control characters, line and paragraph separators, and what turns the direction of text around. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/;

/** A member's name from its bytes: printable UTF-8. Throws `ARCHIVE_NAME`. */
export function decodeMemberName(bytes: Uint8Array): string {
  if (bytes.length > MAX_MEMBER_NAME_BYTES) {
    throw new PackagingError("ARCHIVE_NAME", `a member's name has more than ${MAX_MEMBER_NAME_BYTES} bytes`);
  }
  let name: string;
  try {
    name = utf8.decode(bytes);
  } catch (cause) {
    throw new PackagingError("ARCHIVE_NAME", "a member's name is not UTF-8", { cause });
  }
  if (UNPRINTABLE.test(name)) {
    throw new PackagingError("ARCHIVE_NAME", `a member's name has an unprintable character: ${quote(name)}`);
  }
  return name;
}

/** A drive, a backslash, or a part that is empty, `.` or `..`. */
const NOT_PLAIN = /^[A-Za-z]:|\\|(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * Refuses names that mean another place on some system: absolute, with a drive, with a backslash, with an empty, `.` or
 * `..` part. One slash at the end (a folder) is allowed. Throws `ARCHIVE_NAME`.
 */
export function checkRelativePath(name: string): void {
  const path = name.endsWith("/") ? name.slice(0, -1) : name;
  // Where no part is empty, so many parts take more characters than this.
  if (path.length > MAX_MEMBER_DEPTH && path.split("/").length > MAX_MEMBER_DEPTH) {
    throw new PackagingError("ARCHIVE_NAME", `a member lies more than ${MAX_MEMBER_DEPTH} folders deep`);
  }
  if (NOT_PLAIN.test(path)) {
    throw new PackagingError("ARCHIVE_NAME", `a member's name is not a plain relative path: ${quote(name)}`, {
      hint: "rebuild the archive with a standard build tool; such a name could be unpacked outside its folder",
    });
  }
}
