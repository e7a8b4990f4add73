import { RepositoryError, type Judge } from "@countermark/repository";
import type { Clock } from "../clock.ts";
import type { OpenIndex } from "../data-folder.ts";
import { PublisherLock } from "./lock.ts";
import { Publisher } from "./publisher.ts";

/** No project has keys of its own yet. */
const judgeProject: Judge = (_payload, { project }) => {
  throw new RepositoryError("TRANSACTION", `this index does not take roles of ${project} itself`);
};

/** The publisher of an open index. */
export function makePublisher(index: OpenIndex, clock: Clock): Publisher {
  const { paths, store, blobs, signers, lifetimes, seal, settings } = index;
  const lock = new PublisherLock(paths.publisherLock);
  return new Publisher({ store, blobs, signers, lifetimes, seal, shards: settings.shards, judgeProject, clock, lock });
}
