import type { Readable } from "node:stream";

/** One legacy upload (`POST` of `multipart/form-data`), not yet read. */
export interface Upload {
  /** The request's `Content-Type`, with its boundary; empty when the tool sent none. */
  readonly contentType: string;
  /**
   * The body as it arrives: never kept in memory whole, and as long as the tool likes. What is
   * left unread is thrown away; destroying it would cut the connection before the tool has seen the reason.
   */
  readonly body: Readable;
}

/**
 * Takes what a child's `twine`, `uv publish`, `poetry publish` ... uploads to the trusted index's upload URL. Collects, never
 * signs: any build dependency in the child could post, so consent is asked for after the child has ended.
 */
export interface UploadCollector {
  /**
   * Takes one upload to its end; tools send one for each file. The tool is told "200" when this resolves.
   * @throws ClientError what the tool is told with status 400 (the one that every tool shows with its reason), and the user
   *   once more after the child has ended
   */
  collect(upload: Upload): Promise<void>;
}
