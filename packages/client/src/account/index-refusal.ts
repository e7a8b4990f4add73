/** What an index said when it refused a request. */
export interface RefusedRequest {
  /** HTTP status. */
  readonly status: number;
  /** The index's code, of docs/errors.md. */
  readonly code: string;
  readonly detail: string;
  readonly hint?: string;
  /** The whole body: some refusals carry more. */
  readonly body: Uint8Array;
}

/** The index said no, and why. Its code is one of the server's and identity's codes, not of this package's. */
export class IndexRefusal extends Error {
  override readonly name = "IndexRefusal";
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;
  readonly body: Uint8Array;
  readonly exitCode = 1;

  constructor({ status, code, detail, hint, body }: RefusedRequest) {
    super(detail);
    this.status = status;
    this.code = code;
    this.hint = hint;
    this.body = body;
  }
}
