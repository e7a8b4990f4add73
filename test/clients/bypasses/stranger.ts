import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Distribution } from "../../harness/distributions/distributions.ts";
import { sha256 } from "../../harness/distributions/distributions.ts";
import type { Scope } from "../../harness/scope.ts";

/** An index that nobody trusts, with one set of files below any first path segment: each run asks below one of its own. */
export interface Stranger {
  /** The address of its pages for one run, with a slash at its end. */
  pages(run: string): string;
  /** The address of a file for one run. */
  file(run: string, filename: string): string;
  /** What one run asked for. */
  askedBy(run: string): readonly string[];
}

/** Starts a stranger on a free loopback port. `files` by normalised project name. */
export async function startStranger(scope: Scope, files: ReadonlyMap<string, Distribution>): Promise<Stranger> {
  const asked: string[] = [];
  const bytesOf = new Map([...files.values()].map(({ filename, bytes }) => [filename, bytes]));
  const server = createServer((request, response) => {
    // In absolute form, too: whoever takes it for a proxy gets its files as well.
    const { pathname } = new URL(request.url ?? "", "http://stranger");
    asked.push(pathname);
    const [, , folder, name = ""] = pathname.split("/");
    const page = folder === "simple" ? files.get(name) : undefined;
    const bytes = folder === "files" ? bytesOf.get(name) : undefined;
    if (page !== undefined) {
      const link = `<a href="../../files/${page.filename}#sha256=${sha256(page.bytes)}">${page.filename}</a>`;
      response.writeHead(200, { "content-type": "text/html" }).end(`<!DOCTYPE html><html><body>${link}</body></html>`);
    } else if (bytes !== undefined) response.writeHead(200, { "content-length": bytes.length }).end(bytes);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  scope.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    pages: (run) => `${url}/${run}/simple/`,
    file: (run, filename) => `${url}/${run}/files/${filename}`,
    askedBy: (run) => asked.filter((path) => path.startsWith(`/${run}/`)),
  };
}
