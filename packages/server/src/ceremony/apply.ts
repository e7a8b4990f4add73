import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  bundleDigest,
  commonOverrides,
  composeCeremony,
  decodeBundle,
  decodeSignatures,
  mergeCeremony,
  projectRole,
  releaseRole,
  RepositoryError,
  type Bundle,
  type ComposedCeremony,
  type RoleFile,
  type RoleRecord,
} from "@countermark/repository";
import { systemClock } from "../clock.ts";
import { openIndex, type OpenIndex } from "../data-folder.ts";
import { ServerError, systemError } from "../errors.ts";
import { makePublisher } from "../publisher/make.ts";
import { writeWholeFile } from "../storage/durable.ts";
import { stateFile } from "./propose.ts";

/** What a ceremony did. */
export interface Applied {
  readonly ceremony: number;
  readonly promoted: readonly string[];
  readonly offlineExpires: number;
}

/**
 * Publishes a ceremony: the bundle as it was proposed, and the signatures that holders carried back, in any order. What
 * was changed since the proposal, by anybody, refuses it whole.
 * @throws RepositoryError `CEREMONY…`; ServerError `CEREMONY_REFUSED`
 */
export async function applyCeremony(
  data: string,
  bundlePath: string,
  signaturePaths: readonly string[],
  clock = systemClock,
): Promise<Applied> {
  const index = await openIndex(data);
  try {
    const file = await read(bundlePath);
    const signatures = await Promise.all(signaturePaths.map(read));
    const { composed, files, bundle } = merge(index, file, signatures);
    const publisher = makePublisher(index, clock);
    await publisher.publishSigned((roles) => Promise.resolve(requireUnchanged(bundle, composed, files, [...roles])));
    await writeWholeFile(stateFile(index.paths.folder), `${composed.state.join("\n")}\n`);
    const promoted = composed.decisions.filter(({ action }) => action === "promote").map(({ project }) => project);
    const { expires = 0 } = composed.roles.get("targets") ?? {};
    return { ceremony: composed.ceremony, promoted, offlineExpires: expires };
  } finally {
    await index.store.close();
  }
}

interface Merged {
  readonly bundle: Bundle;
  readonly composed: ComposedCeremony;
  readonly files: readonly RoleFile[];
}

function merge({ settings }: OpenIndex, file: Uint8Array, signatures: readonly Uint8Array[]): Merged {
  const [bundle, all] = [decodeBundle(file), signatures.map(decodeSignatures)];
  if (bundle.repository !== settings.repositoryId) {
    throw new RepositoryError("CEREMONY_BUNDLE", "the bundle is another index's");
  }
  const composed = composeCeremony(bundle, commonOverrides(all));
  return { bundle, composed, files: mergeCeremony(composed, bundleDigest(file), all) };
}

/** Offline roles byte for byte as proposed; of each project the owners that were shown, and no list older than it. */
function requireUnchanged(
  bundle: Bundle,
  { decisions }: ComposedCeremony,
  files: readonly RoleFile[],
  roles: readonly RoleRecord[],
): readonly RoleFile[] {
  const present = new Map(roles.map((role) => [role.name, role]));
  const moved = (what: string): ServerError =>
    new ServerError("CEREMONY_REFUSED", `${what} since it was proposed`, {
      hint: "nothing was published; run 'countermark-server propose' again",
    });
  for (const [name, bytes] of bundle.current) {
    if (present.get(name)?.sha256 !== sha256(bytes)) throw moved(`the role ${name} has changed`);
  }
  const claims = new Map(bundle.claims.map((claim) => [claim.project, claim]));
  for (const { project, action } of decisions) {
    if (action === "wait") continue;
    const last = claims.get(project)?.p.at(-1);
    if (last === undefined || present.get(projectRole(project))?.sha256 !== sha256(last)) {
      throw moved(`the owners' role of ${project} has changed`);
    }
    if (!present.has(releaseRole(project))) throw moved(`${project} has vanished`);
  }
  return files;
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw systemError(error, `cannot read ${path}`);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
