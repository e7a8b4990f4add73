import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { IdentityError } from "../errors.ts";

const SHOWN = "[secret]";

/**
 * Secret bytes that are overwritten when they are closed. They own their memory; whoever prints, inspects or serialises
 * them sees `[secret]`.
 */
export class SecretBytes implements Disposable {
  #bytes: Buffer | undefined;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Copies `bytes` and overwrites the original with zeros. */
  static take(bytes: Uint8Array): SecretBytes {
    // Memory of an ArrayBuffer stays where it is; small typed arrays lie on the heap, where each collection copies them.
    const own = Buffer.from(new ArrayBuffer(bytes.length));
    own.set(bytes);
    bytes.fill(0);
    return new SecretBytes(own);
  }

  /** `length` bytes from the system's random source. */
  static random(length: number): SecretBytes {
    return SecretBytes.take(randomBytes(length));
  }

  /** A second copy with a life of its own. Throws `IDENTITY_CLOSED`. */
  copy(): SecretBytes {
    return this.use((bytes) => SecretBytes.take(Buffer.from(bytes)));
  }

  /**
   * Lends the bytes to `work` until it has returned: whoever keeps them longer finds zeros. Throws `IDENTITY_CLOSED`
   * after `close`.
   */
  use<T>(work: (bytes: Buffer) => T): T {
    if (this.#bytes === undefined) throw new IdentityError("IDENTITY_CLOSED", "the secret was closed before");
    return work(this.#bytes);
  }

  close(): void {
    this.#bytes?.fill(0);
    this.#bytes = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}

/** Runs `work`, then overwrites `bytes` with zeros, whatever came of it. */
export function wipeAfter<B extends Uint8Array, T>(bytes: B, work: (bytes: B) => T): T {
  try {
    return work(bytes);
  } finally {
    bytes.fill(0);
  }
}
