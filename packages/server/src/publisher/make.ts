import { readReleaseKey } from "@countermark/identity";
import { makeProjectJudge } from "@countermark/repository";
import type { Clock } from "../clock.ts";
import type { OpenIndex } from "../data-folder.ts";
import { SigningLog } from "../signing/signing-log.ts";
import { PublisherLock } from "./lock.ts";
import { Publisher } from "./publisher.ts";

/** That a CI key serves one project is for the API to see to: its books take one at a time. */
const judgeProject = makeProjectJudge({
  requireAdmissible: ({ json }) => void readReleaseKey(json),
  ciProjectOf: () => undefined,
});

/** The publisher of an open index. */
export function makePublisher(index: OpenIndex, clock: Clock): Publisher {
  const { paths, store, blobs, lifetimes, seal, settings } = index;
  const signers = new SigningLog(paths.signingLog, clock).watch(index.signers);
  const lock = new PublisherLock(paths.publisherLock);
  return new Publisher({ store, blobs, signers, lifetimes, seal, shards: settings.shards, judgeProject, clock, lock });
}
