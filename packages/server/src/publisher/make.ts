import type { Clock } from "../clock.ts";
import type { OpenIndex } from "../data-folder.ts";
import { PublisherLock } from "./lock.ts";
import { Publisher } from "./publisher.ts";

/** The publisher of an open index. */
export function makePublisher({ paths, store, blobs, signers, lifetimes }: OpenIndex, clock: Clock): Publisher {
  return new Publisher({ store, blobs, signers, lifetimes, clock, lock: new PublisherLock(paths.publisherLock) });
}
