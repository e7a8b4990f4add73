import { TufError } from "../errors.ts";
import { canonicalise, encodeJson } from "../json/canonical.ts";
import type { JsonValue } from "../json/value.ts";
import type { Signer } from "../keys/key.ts";
import { readRoot, readSnapshot, readTargets, readTimestamp } from "./envelope.ts";
import type { Envelope, Metadata } from "./model.ts";
import { toJson } from "./write.ts";

/**
 * The whole file of a role (TUF 4.2), compact and canonical, signed by every signer in turn. It is read back before it
 * is handed out, so that what was written is what this package accepts.
 * Throws as the readers do, and `TUF_SIGNATURE` where a signer's signature is not its key's.
 */
export async function signMetadata(metadata: Metadata, signers: readonly Signer[]): Promise<Uint8Array> {
  const signed = toJson(metadata);
  const message = canonicalise(signed);
  const signatures = new Map<string, Uint8Array>();
  for (const signer of signers) signatures.set(signer.publicKey.keyId, await signChecked(signer, message));
  const file = encodeJson(
    new Map<string, JsonValue>([
      ["signatures", signatureList(signatures)],
      ["signed", signed],
    ]),
  );
  readBack(metadata.type, file);
  return file;
}

/** A signature that does not verify comes from a broken token, or leaks a private key. */
async function signChecked(signer: Signer, message: Uint8Array): Promise<Uint8Array> {
  const signature = await signer.sign(message);
  if (signer.publicKey.verify(message, signature)) return signature;
  throw new TufError(
    "TUF_SIGNATURE",
    `the signer of key ${signer.publicKey.keyId} returned a signature that does not verify`,
  );
}

function signatureList(signatures: ReadonlyMap<string, Uint8Array>): readonly JsonValue[] {
  return [...signatures].map(([keyId, signature]) => {
    return new Map([
      ["keyid", keyId],
      ["sig", Buffer.from(signature).toString("hex")],
    ]);
  });
}

function readBack(type: Metadata["type"], file: Uint8Array): Envelope<Metadata> {
  switch (type) {
    case "root":
      return readRoot(file);
    case "timestamp":
      return readTimestamp(file);
    case "snapshot":
      return readSnapshot(file);
    case "targets":
      return readTargets(file);
  }
}
