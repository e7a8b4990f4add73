import { createHash } from "node:crypto";
import {
  encodeJson,
  formatTime,
  jsonObject,
  parseJson,
  parseTime,
  TufError,
  type JsonObject,
  type JsonValue,
} from "@countermark/tuf";
import { RepositoryError } from "../../errors.ts";
import { PROFILES, type ProfileName } from "../../layout/lifetimes.ts";
import { isNormalisedName } from "../../layout/names.ts";
import type { OfferedRoles } from "../record.ts";

/** Largest bundle that is read: some 50,000 claims. */
export const MAX_BUNDLE_BYTES = 1024 * 1024 * 1024;
/** How old a bundle may be when it is signed, and how long what it proposes is held. */
export const MAX_BUNDLE_AGE_MS = 30 * 24 * 60 * 60 * 1000;
const FORMAT = 1;

/** A project's own roles, as the index hands them to a ceremony. Nothing of it is believed. */
export interface ProposedClaim {
  readonly project: string;
  readonly standing: "recently-claimed" | "claimed";
  /** Versions of `p.` in order: from the first, or from the one that the last ceremony saw, to the present one. */
  readonly p: readonly Uint8Array[];
  /** The present `r.`. */
  readonly r: Uint8Array;
}

/** What an index proposes to the holders of the offline keys: one file, to be carried by hand. */
export interface Bundle extends OfferedRoles {
  /** SHA-256 of the first root. */
  readonly repository: string;
  readonly profile: ProfileName;
  /** When it was made, in milliseconds since the epoch; from then on the new roles live. */
  readonly proposed: number;
  /** The state that the last ceremony has seen, line by line; its Merkle root is in the holders' records. */
  readonly previous: readonly string[];
  /** Lines of projects that nobody signs for, as the index says. */
  readonly unclaimed: readonly string[];
  readonly claims: readonly ProposedClaim[];
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** The bundle as a file. */
export function encodeBundle(bundle: Bundle): Uint8Array {
  const { repository, profile, proposed, roots, current, previous, unclaimed, claims } = bundle;
  return encodeJson(
    jsonObject({
      "countermark-bundle": FORMAT,
      ...{ repository, profile, proposed: formatTime(proposed), previous, unclaimed, roots: roots.map(base64) },
      current: new Map([...current].map(([name, bytes]): [string, JsonValue] => [name, base64(bytes)])),
      claims: claims.map(({ project, standing, p, r }) =>
        jsonObject({ project, standing, p: p.map(base64), r: base64(r) }),
      ),
    }),
  );
}

/**
 * Reads a bundle.
 * @throws RepositoryError `CEREMONY`
 */
export function decodeBundle(file: Uint8Array): Bundle {
  const members = objectOf(parsed(file));
  const text = (value: JsonValue | undefined): string => (typeof value === "string" ? value : fail());
  const list = (value: JsonValue | undefined): readonly JsonValue[] =>
    Array.isArray(value) ? (value as readonly JsonValue[]) : fail();
  const bytes = (value: JsonValue | undefined): Uint8Array => new Uint8Array(Buffer.from(text(value), "base64"));
  if (members.get("countermark-bundle") !== FORMAT) fail();
  const profile = text(members.get("profile"));
  return {
    repository: text(members.get("repository")),
    profile: profile in PROFILES ? (profile as ProfileName) : fail(),
    proposed: timeOf(text(members.get("proposed"))),
    previous: list(members.get("previous")).map(text),
    unclaimed: list(members.get("unclaimed")).map(text),
    roots: list(members.get("roots")).map(bytes),
    current: new Map([...objectOf(members.get("current"))].map(([name, role]) => [name, bytes(role)])),
    claims: list(members.get("claims")).map((value) => {
      const claim = objectOf(value);
      const [project, standing] = [text(claim.get("project")), claim.get("standing")];
      if (!isNormalisedName(project) || (standing !== "claimed" && standing !== "recently-claimed")) fail();
      return { project, standing, p: list(claim.get("p")).map(bytes), r: bytes(claim.get("r")) };
    }),
  };
}

/** What signatures are bound to: the bundle, byte for byte. */
export function bundleDigest(file: Uint8Array): string {
  return createHash("sha256").update(file).digest("hex");
}

function parsed(file: Uint8Array): JsonValue {
  try {
    return parseJson(file, { maxBytes: MAX_BUNDLE_BYTES });
  } catch (error) {
    if (error instanceof TufError) return fail();
    throw error;
  }
}

function timeOf(text: string): number {
  try {
    return parseTime(text);
  } catch (error) {
    if (error instanceof TufError) return fail();
    throw error;
  }
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return value instanceof Map ? (value as JsonObject) : fail();
}

function fail(): never {
  throw new RepositoryError("CEREMONY", "this is no bundle that this program can read");
}
