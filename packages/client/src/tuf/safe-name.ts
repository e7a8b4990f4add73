import { createHash } from "node:crypto";

/** Longest name that every file system takes, in bytes, with room for a suffix. */
const MAX_NAME = 200;
/** Device names that Windows gives to no file, whatever the suffix. */
const DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/** A name as Python's `urllib.parse.quote(name, "")` writes it: letters, digits and `-._~` stay. */
export function quote(name: string): string {
  return encodeURIComponent(name).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * The name of a role's file in a metadata folder: python-tuf's, but for a delegated role which on a file system without
 * upper case would take a top-level role's place, and for names that are too long or a device.
 */
export function roleFileName(role: string): string {
  const lower = role.toLowerCase();
  const twin = lower !== role && ["root", "timestamp", "snapshot", "targets"].includes(lower);
  return `${fileName(role, twin)}.json`;
}

/** The name of a target's file in a target folder: one name for each target path, and never hidden or above the folder. */
export function targetFileName(path: string): string {
  return fileName(path, path.startsWith("."));
}

/** `%` stands before two hex digits in a quoted name, so that no other name becomes `%%…`. */
function fileName(name: string, escape: boolean): string {
  const quoted = quote(name);
  if (quoted.length > MAX_NAME) return `%%${createHash("sha256").update(name).digest("hex")}`;
  if (!escape && !DEVICE.test(quoted)) return quoted;
  const first = quoted.charCodeAt(0).toString(16).toUpperCase();
  return `%${first}${quoted.slice(1)}`;
}
