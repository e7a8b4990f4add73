import { PackagingError } from "../errors.ts";
import { readHeaders } from "../metadata/headers.ts";
import { quote } from "../quote.ts";

/** Largest WHEEL, in bytes. */
export const MAX_WHEEL_FILE_BYTES = 256 * 1024;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads WHEEL (PEP 427): format version 1, and where the files go. Throws `WHEEL_LAYOUT`. */
export function checkWheelFile(bytes: Uint8Array): void {
  const fields = read(bytes);
  const version = fields.get("wheel-version")?.join(" ") ?? "";
  if (!/^1\.[0-9]{1,9}$/.test(version)) throw refuse(`Wheel-Version is ${quote(version)}, not 1.x`);
  const root = fields.get("root-is-purelib")?.join(" ") ?? "";
  if (!/^(?:true|false)$/i.test(root)) throw refuse(`Root-Is-Purelib is ${quote(root)}, not true or false`);
  // Which tags is not compared: installers go by the file name, and wheels that were renamed are in wide use.
  if (!fields.has("tag")) throw refuse("Tag is missing");
}

function read(bytes: Uint8Array): ReadonlyMap<string, readonly string[]> {
  try {
    return readHeaders(utf8.decode(bytes)).fields;
  } catch (cause) {
    throw refuse("it is not lines of 'Field: value' in UTF-8", cause);
  }
}

function refuse(reason: string, cause?: unknown): PackagingError {
  return new PackagingError("WHEEL_LAYOUT", `the wheel's WHEEL file is wrong: ${reason}`, {
    cause,
    hint: "rebuild the wheel with a current build tool",
  });
}
