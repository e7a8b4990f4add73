import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { makeReturningRepository } from "./files/cases.ts";

/** A repository on loopback; each contender keeps what it has in `folder`. */
export interface Served {
  readonly folder: string;
  stop(): Promise<void>;
}

/** Serves the repository for returning clients, and writes the root and the URLs for them into `folder`. */
export async function serveReturningRepository(folder: string): Promise<Served> {
  const { root, served, target } = makeReturningRepository();
  const server = createServer((request, response) => {
    const bytes = served.get(decodeURIComponent(request.url ?? ""));
    response.writeHead(bytes === undefined ? 404 : 200, { "content-length": bytes?.length ?? 0 }).end(bytes);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "root.json"), root);
  const asked = { metadataUrl: `${base}/`, targetsUrl: `${base}/targets/`, target, served: [...served.keys()] };
  writeFileSync(join(folder, "returning.json"), JSON.stringify(asked));
  return {
    folder,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
