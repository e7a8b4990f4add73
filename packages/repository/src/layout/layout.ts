import type { JsonObject, Targets } from "@countermark/tuf";
import { RepositoryError } from "../errors.ts";
import { makeSharding, type Sharding } from "./sharding.ts";

/** The layout that this program writes, and the highest that it reads. */
export const LAYOUT_VERSION = 1;

/** What the top-level `targets` role says of the whole repository. */
export interface Layout {
  readonly version: number;
  readonly sharding: Sharding;
  /** Ceremonies are numbered from 1. */
  readonly ceremony: number;
  /** Goes up when `recently-claimed` was cleared in a recovery. */
  readonly epoch: number;
}

/** Members of `targets` beyond TUF that carry the layout. */
export const LAYOUT_FIELDS = {
  version: "x-countermark-layout",
  shards: "x-countermark-shards",
  ceremony: "x-countermark-ceremony",
  epoch: "x-countermark-epoch",
} as const;

/**
 * Reads the layout out of the verified `targets` role.
 * @throws RepositoryError `LAYOUT_TOO_NEW`, `ROLE_SHAPE`, `SHARDING`
 */
export function readLayout(targets: Targets): Layout {
  const version = count(targets.unknown, LAYOUT_FIELDS.version, 1);
  if (version > LAYOUT_VERSION) {
    throw new RepositoryError(
      "LAYOUT_TOO_NEW",
      `the repository has layout ${version}, this program knows ${LAYOUT_VERSION}: update it`,
      "targets",
    );
  }
  return {
    version,
    sharding: makeSharding(count(targets.unknown, LAYOUT_FIELDS.shards, 1)),
    ceremony: count(targets.unknown, LAYOUT_FIELDS.ceremony, 1),
    epoch: count(targets.unknown, LAYOUT_FIELDS.epoch, 0),
  };
}

/** The members of `targets` that carry a layout. */
export function layoutFields(layout: Layout): JsonObject {
  return new Map([
    [LAYOUT_FIELDS.version, layout.version],
    [LAYOUT_FIELDS.shards, layout.sharding.count],
    [LAYOUT_FIELDS.ceremony, layout.ceremony],
    [LAYOUT_FIELDS.epoch, layout.epoch],
  ]);
}

function count(fields: JsonObject, name: string, least: number): number {
  const value = fields.get(name);
  if (typeof value !== "number" || value < least) {
    throw new RepositoryError("ROLE_SHAPE", `targets has no valid ${name}`, "targets");
  }
  return value;
}
