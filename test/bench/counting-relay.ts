import { connect, createServer, type AddressInfo } from "node:net";

/** A relay on loopback, with what came through it. */
export interface CountingRelay {
  /** Without a slash at its end. */
  readonly url: string;
  /** Bytes that clients received so far, HTTP's own among them. */
  fetched(): number;
  /** Names the port of the index; before that nobody may connect. */
  leadTo(port: number): void;
}

/** Stands before the index and counts what is fetched from it, in bytes with HTTP's own. */
export async function countingRelay(): Promise<CountingRelay> {
  let [fetched, port] = [0, 0];
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    far.on("data", (bytes) => (fetched += bytes.length));
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) {
      socket.on("error", () => {
        near.destroy();
        far.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fetched: () => fetched,
    leadTo: (to) => (port = to),
  };
}
