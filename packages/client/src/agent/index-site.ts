import type { IncomingMessage, ServerResponse } from "node:http";
import { ClientError } from "../errors.ts";
import { CORE_METADATA_SUFFIX } from "../verify/core-metadata.ts";
import type { VerifiedIndex } from "../verify/verified-index.ts";
import { sendFile, sendImmutable, sendPage, sendRefusal, sendText } from "./answers.ts";
import { ProtectionCount } from "./protection.ts";
import { RefusalLog } from "./refusals.ts";
import { parseRoute, type Route } from "./routes.ts";
import type { UploadCollector } from "./upload-collector.ts";

/** Statuses of what is refused. An upload's is the only one with which every publishing tool shows the reason. */
const REFUSED = { download: 422, upload: 400 } as const;

/** What a site answers from. */
export interface SiteOptions {
  /** The index that a project belongs to. Asked anew for each request, so that it may change between two. */
  readonly index: (project: string) => VerifiedIndex | Promise<VerifiedIndex>;
  /**
   * The base URL of the other index that a project belongs to, if it does not belong to this one: then nothing of that name
   * is here, whatever the index says.
   * @throws ClientError when that index is not trusted
   */
  readonly elsewhere?: (project: string) => string | undefined;
  /** Who takes uploads; without one they are refused, with the way to sign them. */
  readonly uploads?: UploadCollector;
}

/** What is told when a run has ended, from all its sites. */
export class SiteRecord {
  readonly refusals = new RefusalLog();
  readonly protection = new ProtectionCount();
  /** Mistakes of ours, met while answering: whoever opened the door must crash with the first one. */
  readonly bugs: unknown[] = [];
}

/**
 * What installers see at the trusted index's address, whichever door they came through: pages made from verified metadata,
 * files whose every byte was verified before the first one is sent, and refusals with their reason, kept to be told again.
 */
export class IndexSite {
  readonly record: SiteRecord;
  readonly #options: SiteOptions;
  #lastRequest = 0;

  /** @param record of its own by default; sites of one run share one */
  constructor(options: SiteOptions, record = new SiteRecord()) {
    this.record = record;
    this.#options = options;
  }

  get refusals(): RefusalLog {
    return this.record.refusals;
  }

  /** As {@link SiteRecord.bugs}. */
  get bugs(): unknown[] {
    return this.record.bugs;
  }

  /** When the latest request came, in milliseconds since the epoch; 0 before the first. */
  get lastRequest(): number {
    return this.#lastRequest;
  }

  /**
   * Answers an admitted request.
   * @param path below the index's base URL, without a query, such as `simple/flask/`
   */
  async answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    this.#lastRequest = Date.now();
    const route = parseRoute(path);
    try {
      if (request.method === "POST") await this.#collect(request, response, route);
      else if (request.method !== "GET" && request.method !== "HEAD")
        sendText(request, response, 405, "only GET and HEAD\n");
      else await this.#route(request, response, route);
    } catch (error) {
      this.#refuse(request, response, route, error);
    }
  }

  async #collect(request: IncomingMessage, response: ServerResponse, route: Route | undefined): Promise<void> {
    if (route?.kind !== "upload") {
      sendText(request, response, 405, "only GET and HEAD\n");
      return;
    }
    if (this.#options.uploads === undefined) throw unsigned();
    await this.#options.uploads.collect({ contentType: request.headers["content-type"] ?? "", body: request });
    sendText(request, response, 200, "collected: nothing is released before you have signed it\n");
  }

  async #route(request: IncomingMessage, response: ServerResponse, route: Route | undefined): Promise<void> {
    switch (route?.kind) {
      case undefined:
        sendText(request, response, 404, "not found\n");
        return;
      case "upload":
        sendText(request, response, 405, "uploads are sent by POST\n");
        return;
      case "root":
        // It would need every shard of the index, and no installer asks for it.
        sendText(request, response, 404, "the list of all projects is not served here: ask for one by its name\n");
        return;
      case "redirect":
        response.writeHead(301, { location: route.location, "content-length": 0 }).end();
        return;
      case "project":
        await this.#sendProject(request, response, route.project);
        return;
      case "file":
      case "core-metadata":
        await this.#sendContent(request, response, route);
    }
  }

  async #sendProject(request: IncomingMessage, response: ServerResponse, project: string): Promise<void> {
    const other = this.#options.elsewhere?.(project);
    if (other !== undefined) {
      // Tools ask every index that they know for every name: this says no more than that they must ask the other one.
      sendText(request, response, 404, `no such project here: ${project} belongs to ${other}\n`);
      return;
    }
    const listing = await (await this.#options.index(project)).project(project);
    if (listing === undefined) sendText(request, response, 404, "no such project: it is verified that there is none\n");
    else {
      const { renderPage } = await import("./project-page.ts");
      sendPage(request, response, renderPage(listing, request.headers.accept));
    }
  }

  async #sendContent(
    request: IncomingMessage,
    response: ServerResponse,
    { kind, project, filename }: Extract<Route, { kind: "file" | "core-metadata" }>,
  ): Promise<void> {
    const other = this.#options.elsewhere?.(project);
    if (other !== undefined) throw ofAnother(filename, project, other);
    const index = await this.#options.index(project);
    const found = await index.find(project, filename);
    const metadata = found === undefined || kind === "file" ? undefined : await index.coreMetadata(found);
    if (metadata !== undefined) {
      sendImmutable(request, response, metadata);
    } else if (found === undefined || kind === "core-metadata") {
      sendText(request, response, 404, "no such file: it is verified that there is none\n");
    } else {
      const content = await index.open(found);
      this.record.protection.add(project, filename, found.listing.protection);
      await sendFile(request, response, content);
    }
  }

  #refuse(request: IncomingMessage, response: ServerResponse, route: Route | undefined, error: unknown): void {
    const subject = route === undefined ? "request" : subjectOf(route);
    const known = error instanceof ClientError ? error : undefined;
    if (known === undefined) this.bugs.push(error);
    const refusal = known ?? new ClientError("INTERNAL", "countermark itself failed");
    this.refusals.add(subject, refusal);
    const upload = route?.kind === "upload";
    // A tool sends all before it reads an answer: a connection closed meanwhile would hide the reason from it.
    if (upload) request.resume();
    sendRefusal(request, response, { subject, error: refusal }, upload ? REFUSED.upload : REFUSED.download);
  }
}

function subjectOf(route: Route): string {
  switch (route.kind) {
    case "file":
      return route.filename;
    case "core-metadata":
      return route.filename + CORE_METADATA_SUFFIX;
    case "project":
      return route.project;
    case "upload":
      return "upload";
    case "root":
    case "redirect":
      return "page";
  }
}

function ofAnother(filename: string, project: string, url: string): ClientError {
  return new ClientError("INDEX_OTHER", `${filename} was asked for at an index that its project does not belong to`, {
    hint: `your settings say that ${project} belongs to ${url}: a lock file or a tool's settings must name that one`,
  });
}

function unsigned(): ClientError {
  return new ClientError("UPLOAD_UNSIGNED", "upload: nothing is uploaded unsigned from inside a run", {
    hint: "put the upload behind `countermark run --sign --`: it is collected, shown to you, and signed once you agree",
  });
}
