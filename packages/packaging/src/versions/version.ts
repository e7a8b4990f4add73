import { PackagingError } from "../errors.ts";
import { quote } from "../quote.ts";

/** Longest version text: bounds the work on numbers of foreign length. */
export const MAX_VERSION_LENGTH = 256;

/** A version of PEP 440. Numbers are BigInt: they have no bound there (dates, commit counts). */
export interface Version {
  readonly epoch: bigint;
  /** At least one number; trailing zeros as written. */
  readonly release: readonly bigint[];
  readonly pre?: { readonly phase: "a" | "b" | "rc"; readonly number: bigint };
  readonly post?: bigint;
  readonly dev?: bigint;
  /** Segments after `+`: numbers as BigInt, others in lower case. */
  readonly local?: readonly (bigint | string)[];
}

/** PEP 440, appendix B, in its lenient form; ASCII only. */
const VERSION = new RegExp(
  "^v?(?:(?<epoch>[0-9]+)!)?(?<release>[0-9]+(?:\\.[0-9]+)*)" +
    "(?<pre>[-_.]?(?<phase>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<preNumber>[0-9]*))?" +
    "(?<post>-(?<postImplicit>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?<postNumber>[0-9]*))?" +
    "(?<dev>[-_.]?dev[-_.]?(?<devNumber>[0-9]*))?" +
    "(?:\\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$",
  "i",
);

/** Final releases without anything else, most of all versions: many of them are read for one page. */
const FINAL = /^[0-9]+(?:\.[0-9]+)*$/;

const PHASES: ReadonlyMap<string, "a" | "b" | "rc"> = new Map([
  ["a", "a"],
  ["alpha", "a"],
  ["b", "b"],
  ["beta", "b"],
  ["c", "rc"],
  ["rc", "rc"],
  ["pre", "rc"],
  ["preview", "rc"],
]);

/** Reads any spelling that PEP 440 allows, surrounding white space included. Throws `VERSION`. */
export function parseVersion(text: string): Version {
  if (text.length > MAX_VERSION_LENGTH) {
    throw new PackagingError("VERSION", `version has more than ${MAX_VERSION_LENGTH} characters`);
  }
  if (FINAL.test(text)) return { epoch: 0n, release: text.split(".").map(BigInt) };
  const groups = VERSION.exec(text.replace(/^[ \t\n\r\f\v]+|[ \t\n\r\f\v]+$/g, ""))?.groups;
  if (groups === undefined) {
    throw new PackagingError("VERSION", `not a version: ${quote(text)}`, {
      hint: "versions look like 1.2.3, 1.0rc1, 2.0.post1 or 1.0.dev4 (PEP 440)",
    });
  }
  return fromGroups(groups);
}

/** Whether {@link parseVersion} takes `text`. */
export function isVersion(text: string): boolean {
  return text.length <= MAX_VERSION_LENGTH && VERSION.test(text.replace(/^[ \t\n\r\f\v]+|[ \t\n\r\f\v]+$/g, ""));
}

type Groups = Readonly<Record<string, string | undefined>>;

function fromGroups({ epoch, release, pre, phase, preNumber, post, ...rest }: Groups): Version {
  const { postImplicit, postNumber, dev, devNumber, local } = rest;
  const known = PHASES.get(phase?.toLowerCase() ?? "");
  return {
    epoch: number(epoch),
    release: (release ?? "").split(".").map(number),
    ...(pre !== undefined && known !== undefined && { pre: { phase: known, number: number(preNumber) } }),
    ...(post !== undefined && { post: number(postImplicit ?? postNumber) }),
    ...(dev !== undefined && { dev: number(devNumber) }),
    ...(local !== undefined && { local: local.toLowerCase().split(/[-_.]/).map(localSegment) }),
  };
}

/** PEP 440: a number that is left out is an implicit 0. */
function number(digits: string | undefined): bigint {
  return BigInt(digits ?? "");
}

function localSegment(segment: string): bigint | string {
  return /^[0-9]+$/.test(segment) ? BigInt(segment) : segment;
}
