import { TufError } from "@countermark/tuf";
import { ClientError } from "../errors.ts";
import { printable } from "../printable.ts";
import { readArguments, type DoorCommand } from "../tuf/arguments.ts";
import { readIfThere } from "../tuf/folder-files.ts";
import { readBaseUrl } from "../tuf/locations.ts";
import { MetadataFolder } from "../tuf/metadata-folder.ts";
import { MAX_ROOT_BYTES } from "../verify/fetch/limits.ts";

/** What the door touches besides files and the network. */
export interface DoorWorld {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const REAL: DoorWorld = {
  get now() {
    return Date.now();
  },
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
};

/**
 * `countermark tuf`: a client of any TUF repository, under the interface that TUF's conformance suite drives. Prints the
 * path of each downloaded file. Returns 0 for full success, else 1, whatever went wrong.
 */
export async function tuf(args: readonly string[], world: DoorWorld = REAL): Promise<number> {
  try {
    await carryOut(readArguments(args), world);
    return 0;
  } catch (error) {
    world.err(describe(error));
    return 1;
  }
}

async function carryOut(command: DoorCommand, world: DoorWorld): Promise<void> {
  const folder = new MetadataFolder(command.metadataDir);
  if (command.verb === "init") {
    folder.initialise(readRootFile(command.root));
    return;
  }
  const url = readBaseUrl(command.metadataUrl);
  // Loaded only where the network is asked: it takes longer than everything else.
  const { HttpSource } = await import("../verify/fetch/http-source.ts");
  const { RepositoryClient } = await import("../tuf/repository-client.ts");
  const metadata = new HttpSource(url);
  try {
    const client = await RepositoryClient.open({ url, metadata, folder }, world.now);
    if (command.verb === "download") await download(client, command, world);
  } finally {
    await metadata.close();
  }
}

type Download = Extract<DoorCommand, { verb: "download" }>;
type Client = import("../tuf/repository-client.ts").RepositoryClient;

/** A target that cannot be had does not keep the others back, but the command has failed. */
async function download(client: Client, command: Download, world: DoorWorld): Promise<void> {
  const { HttpSource } = await import("../verify/fetch/http-source.ts");
  const { TargetFolder } = await import("../tuf/target-folder.ts");
  const folder = new TargetFolder(command.targetDir);
  const source = new HttpSource(readBaseUrl(command.targetBaseUrl));
  let failed = 0;
  try {
    for (const name of command.targetNames) {
      try {
        const file = await client.find(name);
        if (file === undefined) throw new ClientError("METADATA_ROLE", "no role that is trusted with it lists it");
        await client.download(name, file, source, folder);
        world.out(`${folder.path(name)}\n`);
      } catch (error) {
        failed += 1;
        world.err(describe(error, name));
      }
    }
  } finally {
    await source.close();
  }
  if (failed > 0) {
    throw new ClientError("INDEX_INCOMPLETE", `${failed} of ${command.targetNames.length} targets could not be had`);
  }
}

function readRootFile(path: string): Uint8Array {
  const bytes = readIfThere(path, MAX_ROOT_BYTES);
  if (bytes !== undefined) return bytes;
  throw new ClientError("USAGE", `${path} cannot be read as a root file of at most ${MAX_ROOT_BYTES} bytes`);
}

function describe(error: unknown, subject?: string): string {
  const about = subject === undefined ? "" : `${printable(subject)}: `;
  if (error instanceof TufError) return `error[${error.code}]: ${about}${printable(error.message, 1000)}\n`;
  if (error instanceof ClientError) {
    const hint = error.hint === undefined || error.code.startsWith("INDEX_") ? "" : `\n\nhint: ${error.hint}`;
    return `error[${error.code}]: ${about}${printable(error.message, 1000)}${hint}\n`;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `error[INTERNAL]: ${about}countermark failed: this is its own mistake\n\n${stack}\n`;
}
