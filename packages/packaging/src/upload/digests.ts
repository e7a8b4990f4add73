import { createHash } from "node:crypto";
import { PackagingError } from "../errors.ts";
import { Blake2b256 } from "./blake2b.ts";

/** The digests that upload forms may state, in lower-case hex. */
export interface UploadDigests {
  readonly md5: string;
  readonly sha256: string;
  /** Undefined for a file of more than {@link MAX_BLAKE2B_BYTES}. */
  readonly blake2b256: string | undefined;
}

/** Above this BLAKE2b, which is ours and slow, is left to whoever states no better known digest: see `checkDigests`. */
export const MAX_BLAKE2B_BYTES = 8 * 1024 * 1024;

/** Computes all of {@link UploadDigests} while bytes go by: which ones a form states may come behind the file. */
export class DigestStream {
  readonly #md5 = createHash("md5");
  readonly #sha256 = createHash("sha256");
  #blake2b: Blake2b256 | undefined = new Blake2b256();
  #length = 0;

  update(bytes: Uint8Array): void {
    this.#md5.update(bytes);
    this.#sha256.update(bytes);
    this.#length += bytes.length;
    if (this.#length > MAX_BLAKE2B_BYTES) this.#blake2b = undefined;
    this.#blake2b?.update(bytes);
  }

  /** May be called once. */
  digests(): UploadDigests {
    return {
      md5: this.#md5.digest("hex"),
      sha256: this.#sha256.digest("hex"),
      blake2b256: this.#blake2b?.digest(),
    };
  }
}

/**
 * Every stated digest must be the file's; of a large file SHA-256 is enough, and needed where nothing but BLAKE2b is
 * stated. Throws `UPLOAD_DIGEST`.
 */
export function checkDigests(stated: Partial<UploadDigests>, { md5, sha256, blake2b256 }: UploadDigests): void {
  const isSettled = blake2b256 === undefined && stated.sha256 === sha256;
  const wrong = [
    ["MD5", stated.md5, md5],
    ["SHA-256", stated.sha256, sha256],
    ["BLAKE2b-256", isSettled ? undefined : stated.blake2b256, blake2b256],
  ].find(([, said, is]) => said !== undefined && said !== is);
  if (wrong === undefined) return;
  throw new PackagingError("UPLOAD_DIGEST", `the ${wrong[0] ?? ""} digest of the form is not that of the file`, {
    hint: "the file changed on its way, or after the form was made: upload it again",
  });
}
