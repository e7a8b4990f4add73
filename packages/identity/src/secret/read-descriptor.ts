import { close, read } from "node:fs";
import { isatty } from "node:tty";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { IdentityError } from "../errors.ts";
import { MAX_PASSPHRASE_BYTES } from "../passphrase/text.ts";

/** Between two looks at a pipe that somebody set to not block. */
const RETRY_MS = 20;
const STANDARD_STREAMS = 2;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

const readAsync = promisify(read);
const closeAsync = promisify(close);

/**
 * Reads a secret of at most `maxBytes` from an open file descriptor to its end, and closes it, so that no child inherits
 * it (standard input excepted). The caller overwrites the bytes. Throws `IDENTITY_FILE`, also for a terminal: what is typed
 * there would be seen.
 */
export async function readSecretDescriptor(descriptor: number, maxBytes: number): Promise<Buffer> {
  if (isatty(descriptor)) throw new IdentityError("IDENTITY_FILE", `file descriptor ${descriptor} is a terminal`);
  const buffer = Buffer.alloc(maxBytes + 1);
  let length = 0;
  try {
    for (let more = true; more && length <= maxBytes;) {
      const count = await readSome(descriptor, buffer.subarray(length));
      more = count > 0;
      length += count;
    }
  } catch (cause) {
    buffer.fill(0);
    throw new IdentityError("IDENTITY_FILE", `cannot read file descriptor ${descriptor}`, { cause });
  }
  if (descriptor > STANDARD_STREAMS) await closeAsync(descriptor);
  if (length <= maxBytes) return buffer.subarray(0, length);
  buffer.fill(0);
  throw new IdentityError("IDENTITY_FILE", `file descriptor ${descriptor} gives more than ${maxBytes} bytes`);
}

/** A passphrase from a descriptor (`--passphrase-fd`), without the end of its line. Throws as `readSecretDescriptor` does. */
export async function readPassphraseDescriptor(descriptor: number): Promise<Buffer> {
  const bytes = await readSecretDescriptor(descriptor, MAX_PASSPHRASE_BYTES);
  const withoutFeed = bytes.at(-1) === LINE_FEED ? bytes.subarray(0, -1) : bytes;
  return withoutFeed.at(-1) === CARRIAGE_RETURN ? withoutFeed.subarray(0, -1) : withoutFeed;
}

async function readSome(descriptor: number, into: Buffer): Promise<number> {
  for (;;) {
    try {
      return (await readAsync(descriptor, into, 0, into.length, null)).bytesRead;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
      await wait(RETRY_MS);
    }
  }
}
