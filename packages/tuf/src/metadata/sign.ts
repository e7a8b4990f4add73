import { TufError } from "../errors.ts";
import { encodeJson } from "../json/canonical.ts";
import { parseJson } from "../json/parse.ts";
import type { JsonObject, JsonValue } from "../json/value.ts";
import type { Signer } from "../keys/key.ts";
import { readMetadata, readMetadataOf } from "./envelope.ts";
import type { Metadata } from "./model.ts";
import { signedText, toJson } from "./write.ts";
import { shown } from "../shown.ts";

type Signatures = ReadonlyMap<string, Uint8Array>;

/**
 * The whole file of a role (TUF 4.2), compact and canonical, signed by every signer in turn. It is read back before it
 * is handed out: what is written is what this package accepts.
 * Throws as the readers do, and `TUF_SIGNATURE` where a signer's signature is not its key's.
 */
export async function signMetadata(metadata: Metadata, signers: readonly Signer[]): Promise<Uint8Array> {
  const text = signedText(metadata);
  const message = new TextEncoder().encode(text);
  const signatures = await signAll(message, signers);
  if (CONTROL.test(text)) {
    return writeFile(metadata.type, new Map<string, JsonValue>([["signed", toJson(metadata)]]), signatures);
  }
  // Without control characters the signed form is the written one: it is not made a second time.
  const head = encodeJson(new Map([["signatures", signatureEntries([], signatures)]]));
  const file = new Uint8Array(Buffer.concat([head.subarray(0, -1), SIGNED, message, END]));
  readMetadataOf(metadata.type, file);
  return file;
}

/**
 * The same file with more signatures, as holders of a threshold's keys make it one after the other. What is signed stays
 * as it is, unknown members and all; a key id that has signed before signs anew.
 * Throws as `signMetadata` does.
 */
export async function addSignatures(file: Uint8Array, signers: readonly Signer[]): Promise<Uint8Array> {
  const { signed, message } = readMetadata(file);
  return writeFile(signed.type, parseJson(file) as JsonObject, await signAll(message, signers));
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
    `the signer of key ${shown(signer.publicKey.keyId)} returned a signature that does not verify`,
  );
}

const SIGNED = Buffer.from(',"signed":');
const END = Buffer.from("}");
const CONTROL = /[\u0000-\u001f]/;

/** `members` of a file with `signatures` beside those it has, or in place of those under the same key ids. */
function writeFile(type: Metadata["type"], members: JsonObject, signatures: Signatures): Uint8Array {
  const entries = signatureEntries((members.get("signatures") ?? []) as readonly JsonObject[], signatures);
  const file = encodeJson(new Map<string, JsonValue>([...members, ["signatures", entries]]));
  readMetadataOf(type, file);
  return file;
}

function signatureEntries(present: readonly JsonObject[], signatures: Signatures): readonly JsonObject[] {
  const entries = new Map<JsonValue, JsonObject>();
  for (const entry of present) entries.set(entry.get("keyid") ?? "", entry);
  for (const [keyId, signature] of signatures) {
    const known = { keyid: keyId, sig: Buffer.from(signature).toString("hex") };
    entries.set(keyId, new Map([...(entries.get(keyId) ?? []), ...Object.entries(known)]));
  }
  return [...entries.values()];
}
