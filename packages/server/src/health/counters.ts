/** What `serve` counts while it runs. */
export class Counters {
  readonly startedAt: number;
  readonly requests = new Map<string, number>();
  publications = 0;
  renewalFailures = 0;

  /** `startedAt` in milliseconds since the epoch. */
  constructor(startedAt: number) {
    this.startedAt = startedAt;
  }

  request(status: number): void {
    const key = `${Math.floor(status / 100)}xx`;
    this.requests.set(key, (this.requests.get(key) ?? 0) + 1);
  }
}
