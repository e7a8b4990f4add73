/**
 * Downloads targets with the stock tuf-js client: METADATA_FOLDER URL TARGET..., prints one JSON object a target. The folder
 * holds `root.json` and keeps what the client trusts from one run to the next.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Updater } from "tuf-js";

const [folder = "", url = "", ...targets] = process.argv.slice(2);
const downloads = mkdtempSync(join(tmpdir(), "tuf-js-"));
try {
  const updater = new Updater({
    metadataDir: folder,
    metadataBaseUrl: `${url}/tuf`,
    targetDir: downloads,
    targetBaseUrl: `${url}/tuf/targets`,
  });
  await updater.refresh();
  for (const target of targets) {
    const info = await updater.getTargetInfo(target);
    if (info === undefined) {
      print({ target, found: false });
      continue;
    }
    const content = readFileSync(await updater.downloadTarget(info, join(downloads, "target")));
    print({ target, found: true, sha256: createHash("sha256").update(content).digest("hex") });
  }
} finally {
  rmSync(downloads, { recursive: true });
}

function print(line: { target: string; found: boolean; sha256?: string }): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
