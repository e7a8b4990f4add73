import { canonical, compact, Members, Token, write, type Node, type Style } from "./json.ts";
import type { PoolKey } from "./key-pool.ts";

/** Changes to a file, each at the stage of its making where it can go wrong. */
interface Edits {
  /** Before signing: the signatures will fit. */
  readonly signed: ((signed: Members) => void)[];
  /** After signing. */
  readonly signatures: ((signatures: Node[], message: Buffer) => void)[];
  readonly envelope: ((envelope: Members) => void)[];
  readonly bytes: ((bytes: Buffer) => Buffer)[];
}

/** A metadata file in the making. */
export class Draft {
  readonly signed: Members;
  signers: readonly PoolKey[];
  style: Style = compact;
  readonly edits: Edits = { signed: [], signatures: [], envelope: [], bytes: [] };

  constructor(signed: Members, signers: readonly PoolKey[]) {
    this.signed = signed;
    this.signers = signers;
  }

  /** Makes the file; once only, since edits change what they are given. */
  finish(): Buffer {
    for (const edit of this.edits.signed) edit(this.signed);
    const message = Buffer.from(canonical(this.signed));
    const signatures: Node[] = this.signers.map((key) => signatureOf(key, message));
    for (const edit of this.edits.signatures) edit(signatures, message);
    const envelope = Members.of({ signatures, signed: this.signed });
    for (const edit of this.edits.envelope) edit(envelope);
    let bytes: Buffer = Buffer.from(write(envelope, this.style));
    for (const edit of this.edits.bytes) bytes = edit(bytes);
    return bytes;
  }

  /** The version as a snapshot would list it: what stands in the file, where that is a number. */
  get version(): Node {
    const version = this.signed.get("version");
    return typeof version === "number" || version instanceof Token ? version : 1;
  }
}

export function signatureOf(key: PoolKey, message: Uint8Array): Members {
  return Members.of({ keyid: key.keyId, sig: key.sign(message).toString("hex") });
}
