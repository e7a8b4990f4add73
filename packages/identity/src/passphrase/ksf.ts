import { argon2 } from "node:crypto";
import { IdentityError } from "../errors.ts";
import { SecretBytes } from "../secret/secret-bytes.ts";

/** Bytes of a salt and of what comes out. */
export const KSF_BYTES = 32;

/** A key stretching function with all its costs: only its number is ever written down, and nothing is ever sent. */
export interface Ksf {
  /** 1 to 255. */
  readonly id: number;
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/** What no entry of the table may fall below (cost to a guesser) or rise above (memory of a small machine). */
export const KSF_FLOOR = { memoryKib: 256 * 1024, passes: 3 } as const;
export const KSF_CEILING = { memoryKib: 1024 * 1024, passes: 8, lanes: 1 } as const;

/** Argon2id (RFC 9106) with 256 MiB, three passes, one lane. */
export const ARGON2ID_256M: Ksf = { id: 1, memoryKib: 256 * 1024, passes: 3, lanes: 1 };

/** All that were ever in use. An id keeps its meaning for ever. */
export const KSFS: readonly Ksf[] = [ARGON2ID_256M];

/** `undefined` for an id that this version does not know. */
export function ksfOf(id: number, known: readonly Ksf[] = KSFS): Ksf | undefined {
  return known.find((ksf) => ksf.id === id);
}

/**
 * Argon2id version 1.3 over a secret, on a thread of its own. The secret stays the caller's, who closes it after the
 * promise is settled. Throws `IDENTITY_MEMORY` where the machine cannot give the memory.
 */
export async function stretch(secret: SecretBytes, salt: Uint8Array, ksf: Ksf): Promise<SecretBytes> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  secret.use((message) => {
    const { memoryKib: memory, passes, lanes: parallelism } = ksf;
    const parameters = { message, nonce: salt, memory, passes, parallelism, tagLength: KSF_BYTES };
    argon2("argon2id", parameters, (error, result) => {
      if (error === null) resolve(result);
      else reject(outOfMemory(ksf, error));
    });
  });
  return SecretBytes.take(await promise);
}

/** With parameters from the table, memory is all that can be missing. */
function outOfMemory({ memoryKib }: Ksf, cause: Error): IdentityError {
  return new IdentityError("IDENTITY_MEMORY", `deriving keys takes ${memoryKib / 1024} MiB of memory`, {
    hint: "give the process more memory, or use a machine key that this machine holds",
    cause,
  });
}
