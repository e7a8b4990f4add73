import { announcedUrl, type Folders } from "../../harness/index-server.ts";
import type { Sandbox, Settings } from "../../harness/sandbox.ts";
import { SERVER } from "../built.ts";
import { recordingRelay, type RecordingRelay } from "./recording-relay.ts";

const TIMEOUT_MS = 60 * 60_000;

/** Serves an index behind a relay that records what is asked of it. */
export async function serveRecorded(
  sandbox: Sandbox,
  { data }: Folders,
  settings: Settings = {},
): Promise<RecordingRelay> {
  const relay = await recordingRelay(sandbox.scope);
  const args = [SERVER, "serve", "--data", data, "--port", "0", "--public-url", `${relay.url}/`];
  const serving = sandbox.start(process.execPath, args, { settings, timeoutMs: TIMEOUT_MS });
  sandbox.scope.after(() => serving.stop());
  relay.leadTo(Number(new URL(await announcedUrl(serving)).port));
  return relay;
}
