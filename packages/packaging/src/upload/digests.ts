import { createHash } from "node:crypto";
import { PackagingError } from "../errors.ts";
import { Blake2b256 } from "./blake2b.ts";

/** The digests that upload forms may state, in lower-case hex. */
export interface UploadDigests {
  readonly md5: string;
  readonly sha256: string;
  readonly blake2b256: string;
}

/** Computes all of {@link UploadDigests} while bytes go by: which ones a form states may come behind the file. */
export class DigestStream {
  readonly #md5 = createHash("md5");
  readonly #sha256 = createHash("sha256");
  readonly #blake2b = new Blake2b256();

  update(bytes: Uint8Array): void {
    this.#md5.update(bytes);
    this.#sha256.update(bytes);
    this.#blake2b.update(bytes);
  }

  /** May be called once. */
  digests(): UploadDigests {
    return {
      md5: this.#md5.digest("hex"),
      sha256: this.#sha256.digest("hex"),
      blake2b256: this.#blake2b.digest(),
    };
  }
}

/** Every stated digest must be the file's. Throws `UPLOAD_DIGEST`. */
export function checkDigests(stated: Partial<UploadDigests>, { md5, sha256, blake2b256 }: UploadDigests): void {
  const wrong = [
    ["MD5", stated.md5, md5],
    ["SHA-256", stated.sha256, sha256],
    ["BLAKE2b-256", stated.blake2b256, blake2b256],
  ].find(([, said, is]) => said !== undefined && said !== is);
  if (wrong === undefined) return;
  throw new PackagingError("UPLOAD_DIGEST", `the ${wrong[0] ?? ""} digest of the form is not that of the file`, {
    hint: "the file changed on its way, or after the form was made: upload it again",
  });
}
