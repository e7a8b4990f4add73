import { parseDistributionFilename } from "@countermark/packaging";
import { shardOf, type Sharding } from "@countermark/repository";
import type { Candidate } from "./walk.ts";

/**
 * Candidates by the shard of their project, then by path: a publication then signs few shards, and each shard is signed
 * about as often as it takes to fill it once, not once for each publication.
 */
export function inPublishingOrder(candidates: readonly Candidate[], sharding: Sharding): readonly Candidate[] {
  const shards = new Map<string, string>();
  const placed = candidates.map((candidate) => ({
    candidate,
    shard: shardOfFile(candidate.filename, sharding, shards),
  }));
  placed.sort((a, b) => order(a.shard, b.shard) || order(a.candidate.shown, b.candidate.shown));
  return placed.map(({ candidate }) => candidate);
}

/** Files whose names say of no project come first: they are refused. */
function shardOfFile(filename: string, sharding: Sharding, known: Map<string, string>): string {
  try {
    const { project } = parseDistributionFilename(filename);
    const shard = known.get(project) ?? shardOf(sharding, project);
    known.set(project, shard);
    return shard;
  } catch {
    return "";
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
