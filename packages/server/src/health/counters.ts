/** What `serve` counts while it runs. */
export class Counters {
  readonly startedAt: number;
  readonly requests = new Map<string, number>();
  /** Files that were taken in over HTTP. */
  uploads = 0;
  /** Refusals by their code. Codes come from closed unions, so that nobody makes them grow. */
  readonly refusals = new Map<string, number>();
  publications = 0;
  renewalFailures = 0;

  /** `startedAt` in milliseconds since the epoch. */
  constructor(startedAt: number) {
    this.startedAt = startedAt;
  }

  request(status: number, upload: boolean, code: string | undefined): void {
    const key = `${Math.floor(status / 100)}xx`;
    this.requests.set(key, (this.requests.get(key) ?? 0) + 1);
    if (upload && status === 200) this.uploads += 1;
    if (code !== undefined) this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }

  /** A connection on which no request could be read. */
  noRequest(_status: number, code: string): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }
}
