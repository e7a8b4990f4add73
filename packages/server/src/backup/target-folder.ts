import { readdir, readFile } from "node:fs/promises";
import type { DataPaths } from "../data-folder.ts";
import { ServerError, systemError } from "../errors.ts";
import { exists, makeFolder, writeWholeFile } from "../storage/durable.ts";

const MODE = 0o750;
/** What a restoration that was killed may have left. */
const OWN =
  /^(UNFINISHED|keys|blobs|restoring\.sqlite(-wal|-shm|-journal)?|publisher\.lock(-journal)?|index\.sqlite|ceremony-state\.txt|signing\.log|\.[0-9a-f]{16}\.part)$/;

/**
 * Makes a data folder, or takes one that is empty or in which the same restoration was killed. It is marked until all
 * is done.
 * @throws ServerError `FOLDER_NOT_EMPTY`
 */
export async function takeEmptyFolder(
  { folder, unfinished, database }: DataPaths,
  repositoryId: string,
): Promise<void> {
  const mark = `'countermark-server restore' has not come to its end; run it again for this index:\n${repositoryId}\n`;
  if (await exists(folder)) {
    const entries = await entriesOf(folder);
    const ours = (await exists(unfinished)) && (await readFile(unfinished, "utf8")) === mark;
    const foreign = entries.find((name) => !ours || !OWN.test(name) || name === "index.sqlite");
    // Killed between the last two steps: the index is whole, but nobody was told of what is lost.
    if (foreign !== undefined) throw notEmpty(folder, ours && (await exists(database)));
  }
  await makeFolder(folder, MODE);
  await writeWholeFile(unfinished, mark);
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw systemError(error, `cannot look into ${folder}`);
  }
}

function notEmpty(folder: string, restored: boolean): ServerError {
  const hint = restored
    ? "the restoration was killed after its last step: the index is there; 'fsck' says what it lacks"
    : "nothing was changed; name a folder that is empty or does not exist yet";
  return new ServerError("FOLDER_NOT_EMPTY", `${folder} is not empty`, { hint });
}
