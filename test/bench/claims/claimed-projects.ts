import { inspectDistribution, type ByteSource } from "@countermark/packaging";
import { composeProjectRole, composeReleaseRole, projectPayload, soleProject } from "@countermark/repository";
import { generateEd25519, signMetadata } from "@countermark/tuf";
import { receive } from "../../../packages/server/src/claims/receive.ts";
import { openIndex, type OpenIndex } from "../../../packages/server/src/data-folder.ts";
import { makePublisher } from "../../../packages/server/src/publisher/make.ts";
import type { Published } from "../../../packages/server/src/publisher/publisher.ts";
import type { NewTransaction } from "../../../packages/server/src/storage/transactions.ts";
import { makeWheel } from "../../harness/distributions/distributions.ts";

/** Claims that are handed to the publisher together. */
const AT_ONCE = 1000;

/**
 * Claims projects at an index, each by a new key of its own and with one wheel. The publisher judges and publishes them like
 * any; that nobody logs in, and that no process starts for each, is what makes ten thousand of them a matter of minutes.
 */
export async function claimProjects(data: string, projects: readonly string[]): Promise<void> {
  const index = await openIndex(data);
  try {
    const publisher = makePublisher(index, Date.now);
    for (let from = 0; from < projects.length; from += AT_ONCE) {
      const claims: NewTransaction[] = [];
      for (const project of projects.slice(from, from + AT_ONCE)) claims.push(await claim(index, project));
      await index.store.submit(claims);
      await publisher.run(requirePublished);
    }
  } finally {
    await index.store.close();
  }
}

async function claim({ blobs, lifetimes, seal }: OpenIndex, project: string): Promise<NewTransaction> {
  const { filename, bytes } = makeWheel({ name: project, version: "1.0" });
  const checker = { check: (name: string, source: ByteSource) => Promise.resolve(inspectDistribution(name, source)) };
  const received = await receive({ blobs, checker }, project, filename, once(bytes));
  const now = Date.now();
  const { signer } = generateEd25519();
  const draft = soleProject(project, signer.publicKey);
  const term = { version: 1, expires: now + lifetimes.developer };
  const list = new Map([[filename, { ...received, uploadTime: Math.floor(now / 1000) * 1000 }]]);
  const p = await signMetadata(composeProjectRole(draft, term), [signer]);
  const r = await signMetadata(composeReleaseRole(project, list, term), [signer]);
  const payload = projectPayload({ p, r, received: [received] });
  return seal.seal({ kind: "project", project, payload }, { by: "bench", acceptedAt: now });
}

function requirePublished({ decisions }: Published): void {
  const refused = decisions.find(({ outcome }) => outcome === "refused");
  if (refused !== undefined) throw new Error(JSON.stringify(refused));
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(bytes);
}
