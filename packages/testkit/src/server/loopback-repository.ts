import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { SimulatedRepository } from "../simulator/simulated-repository.ts";
import { status, whole, type Answer } from "./answers.ts";

/** A simulated repository behind a real socket on loopback. */
export interface LoopbackRepository extends AsyncDisposable {
  /** Where `timestamp.json` lies; ends in a slash. */
  readonly metadataUrl: string;
  /** Where targets lie; ends in a slash. */
  readonly targetsUrl: string;
  /** What was asked for, as it stood in the request, without the slash at its start. */
  readonly requests: string[];
  /** Takes the place of files, by their name in the repository's `files`. */
  readonly answers: Map<string, Answer>;
}

/** Serves the repository's `files` as they are at each request. */
export async function serveRepository(repository: Pick<SimulatedRepository, "files">): Promise<LoopbackRepository> {
  const requests: string[] = [];
  const answers = new Map<string, Answer>();
  const server = createServer((request, response) => {
    const path = (request.url ?? "").slice(1);
    requests.push(path);
    const name = decodeURIComponent(path);
    const bytes = repository.files.get(name);
    const answer = answers.get(name) ?? (bytes === undefined ? status(404) : whole(bytes));
    answer(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    metadataUrl: base,
    targetsUrl: `${base}targets/`,
    requests,
    answers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
