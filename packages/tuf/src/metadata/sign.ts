import { TufError } from "../errors.ts";
import { canonicalise, encodeJson } from "../json/canonical.ts";
import { parseJson } from "../json/parse.ts";
import type { JsonObject, JsonValue } from "../json/value.ts";
import type { Signer } from "../keys/key.ts";
import { readMetadata, readMetadataOf } from "./envelope.ts";
import type { Metadata } from "./model.ts";
import { toJson } from "./write.ts";

type Signatures = ReadonlyMap<string, Uint8Array>;

/**
 * The whole file of a role (TUF 4.2), compact and canonical, signed by every signer in turn. It is read back before it
 * is handed out: what is written is what this package accepts.
 * Throws as the readers do, and `TUF_SIGNATURE` where a signer's signature is not its key's.
 */
export async function signMetadata(metadata: Metadata, signers: readonly Signer[]): Promise<Uint8Array> {
  const signed = toJson(metadata);
  return assemble(metadata.type, signed, await signAll(canonicalise(signed), signers));
}

/**
 * The same file with more signatures, as holders of a threshold's keys make it one after the other. What is signed stays
 * as it is, unknown members and all; a key id that has signed before signs anew.
 * Throws as `signMetadata` does.
 */
export async function addSignatures(file: Uint8Array, signers: readonly Signer[]): Promise<Uint8Array> {
  const { signed, message, signatures } = readMetadata(file);
  const together = new Map([...signatures, ...(await signAll(message, signers))]);
  return assemble(signed.type, signedText(file), together);
}

/** `signed` as it stands in a file that was read before. */
function signedText(file: Uint8Array): JsonValue {
  return (parseJson(file) as JsonObject).get("signed") ?? null;
}

async function signAll(message: Uint8Array, signers: readonly Signer[]): Promise<Signatures> {
  const signatures = new Map<string, Uint8Array>();
  for (const signer of signers) signatures.set(signer.publicKey.keyId, await signChecked(signer, message));
  return signatures;
}

/** A signature that does not verify comes from a broken token, and may tell its private key. */
async function signChecked(signer: Signer, message: Uint8Array): Promise<Uint8Array> {
  const signature = await signer.sign(message);
  if (signer.publicKey.verify(message, signature)) return signature;
  throw new TufError(
    "TUF_SIGNATURE",
    `the signer of key ${signer.publicKey.keyId} returned a signature that does not verify`,
  );
}

function assemble(type: Metadata["type"], signed: JsonValue, signatures: Signatures): Uint8Array {
  const list = [...signatures].map(([keyId, signature]) => {
    return new Map([
      ["keyid", keyId],
      ["sig", Buffer.from(signature).toString("hex")],
    ]);
  });
  const members: [string, JsonValue][] = [
    ["signatures", list],
    ["signed", signed],
  ];
  const file = encodeJson(new Map(members));
  readMetadataOf(type, file);
  return file;
}
