import { PackagingError } from "../errors.ts";
import { readHeaders } from "../metadata/headers.ts";
import { quote } from "../quote.ts";
import type { WheelFilename } from "./filename.ts";

/** Largest WHEEL, in bytes. */
export const MAX_WHEEL_FILE_BYTES = 256 * 1024;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads WHEEL (PEP 427): format version 1, where the files go, the file name's tags. Throws `WHEEL_LAYOUT`. */
export function checkWheelFile(bytes: Uint8Array, wheel: WheelFilename): void {
  const fields = read(bytes);
  const version = fields.get("wheel-version")?.join(" ") ?? "";
  if (!/^1\.[0-9]{1,9}$/.test(version)) throw refuse(`Wheel-Version is ${quote(version)}, not 1.x`);
  const root = fields.get("root-is-purelib")?.join(" ") ?? "";
  if (!/^(?:true|false)$/i.test(root)) throw refuse(`Root-Is-Purelib is ${quote(root)}, not true or false`);
  const tags = new Set(fields.get("tag"));
  const expected = expandTags(wheel);
  if (tags.size !== expected.size || [...tags].some((tag) => !expected.has(tag))) {
    throw refuse(
      "its Tag lines are not the tags in the file name",
      "a wheel is retagged with `wheel tags`, not renamed",
    );
  }
}

/** Every tag that a compressed set stands for (PEP 425). */
function expandTags({ pythonTags, abiTags, platformTags }: WheelFilename): ReadonlySet<string> {
  return new Set(
    pythonTags.flatMap((python) =>
      abiTags.flatMap((abi) => platformTags.map((platform) => `${python}-${abi}-${platform}`)),
    ),
  );
}

function read(bytes: Uint8Array): ReadonlyMap<string, readonly string[]> {
  try {
    return readHeaders(utf8.decode(bytes)).fields;
  } catch (cause) {
    throw refuse("it is not lines of 'Field: value' in UTF-8", undefined, cause);
  }
}

function refuse(reason: string, hint = "rebuild the wheel with a current build tool", cause?: unknown): PackagingError {
  return new PackagingError("WHEEL_LAYOUT", `the wheel's WHEEL file is wrong: ${reason}`, {
    cause,
    hint,
  });
}
