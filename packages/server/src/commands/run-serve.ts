import { pino, type Logger } from "pino";
import { systemClock } from "../clock.ts";
import { openIndex } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import type { Place } from "../http/bind.ts";
import type { TlsFiles } from "../http/tls.ts";
import { startIndex } from "../serve.ts";
import type { UploadLimits } from "../upload/limits.ts";
import type { ServeOptions } from "./serve.ts";
import { stopSignal } from "./stop.ts";

/** Serves until the process is asked to end. */
export async function serve(options: ServeOptions): Promise<void> {
  const stop = stopSignal();
  const log = makeLog(options.logLevel);
  const index = await openIndex(options.data);
  try {
    const served = {
      ...index,
      settings: { ...index.settings, publicUrl: options.publicUrl ?? index.settings.publicUrl },
    };
    const running = await startIndex(served, {
      place: placeOf(options),
      tls: tlsOf(options),
      trustedProxies: options.trustedProxy,
      isPrivate: options.private,
      invitationOnly: options.invitationOnly,
      maxNewClaims: options.maxNewClaims,
      logRequests: options.logRequests,
      uploadLimits: uploadLimitsOf(options),
      clock: systemClock,
      log,
    });
    process.on("SIGHUP", () => {
      running.reload();
    });
    process.stdout.write(`${running.url}\n`);
    await new Promise<void>((resolve) => {
      if (stop.signal.aborted) resolve();
      stop.signal.addEventListener("abort", () => {
        resolve();
      });
    });
    await running.stop();
  } finally {
    stop.release();
    await index.store.close();
  }
}

const MIB = 1024 * 1024;

function uploadLimitsOf({ maxFileSize, maxProjectSize, maxFormFields }: ServeOptions): UploadLimits {
  return { fileBytes: maxFileSize * MIB, projectBytes: maxProjectSize * MIB, fields: maxFormFields };
}

function placeOf({ listen, port, socketMode }: ServeOptions): Place {
  if (!("path" in listen)) return { host: listen.host, port: port ?? listen.port };
  if (port === undefined) return { path: listen.path, mode: socketMode };
  throw new ServerError("USAGE", "--port has no meaning for a socket in the file system", {
    hint: "give --listen HOST:PORT, or leave --port out",
  });
}

function tlsOf({ tlsCert: cert, tlsKey: key }: ServeOptions): TlsFiles | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert !== undefined && key !== undefined) return { cert, key };
  throw new ServerError("USAGE", "--tls-cert and --tls-key belong together", { hint: "give both, or neither" });
}

/** Lines of JSON on stderr, written at once: what a service manager has seen is never lost. */
function makeLog(level: string): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
}
