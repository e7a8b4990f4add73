import { TufError } from "../errors.ts";
import { canonicalise } from "../json/canonical.ts";
import { parseJson } from "../json/parse.ts";
import { JsonReader } from "../json/reader.ts";
import type { JsonObject, JsonValue } from "../json/value.ts";
import { missing } from "./fields.ts";
import type { Envelope, Metadata, Root, Snapshot, Targets, Timestamp } from "./model.ts";
import { readRootSigned } from "./root.ts";
import { readSnapshotSigned, readTimestampSigned } from "./snapshot.ts";
import { readTargetsSigned } from "./targets.ts";
import { shown } from "../shown.ts";

/** Reads a root file (TUF 4.2, 4.3) without believing it. Throws `TUF_JSON`, `TUF_FORMAT`, `TUF_UNSUPPORTED`, `TUF_KEY`. */
export function readRoot(bytes: Uint8Array): Envelope<Root> {
  return readEnvelope(bytes, readRootSigned);
}

/** Reads a timestamp file (TUF 4.6) without believing it. Throws as `readRoot` does. */
export function readTimestamp(bytes: Uint8Array): Envelope<Timestamp> {
  return readEnvelope(bytes, readTimestampSigned);
}

/** Reads a snapshot file (TUF 4.4) without believing it. Throws as `readRoot` does. */
export function readSnapshot(bytes: Uint8Array): Envelope<Snapshot> {
  return readEnvelope(bytes, readSnapshotSigned);
}

/** Reads a targets file (TUF 4.5), top-level or delegated, without believing it. Throws as `readRoot` does. */
export function readTargets(bytes: Uint8Array): Envelope<Targets> {
  return readEnvelope(bytes, readTargetsSigned);
}

/** Reads a file of whatever type its `_type` says. Throws as `readRoot` does. */
export function readMetadata(bytes: Uint8Array): Envelope<Metadata> {
  const file = parseJson(bytes);
  const signed = file instanceof Map ? (file as JsonObject).get("signed") : undefined;
  return readMetadataOf(signed instanceof Map ? (signed as JsonObject).get("_type") : undefined, bytes);
}

/** Reads a file of the type that the caller knows to expect. */
export function readMetadataOf(type: JsonValue | undefined, bytes: Uint8Array): Envelope<Metadata> {
  switch (type) {
    case "root":
      return readRoot(bytes);
    case "timestamp":
      return readTimestamp(bytes);
    case "snapshot":
      return readSnapshot(bytes);
    case "targets":
      return readTargets(bytes);
    default:
      throw new TufError("TUF_FORMAT", "_type is none of root, timestamp, snapshot and targets");
  }
}

interface SignedPart<T> {
  readonly signed: T;
  readonly message: Uint8Array;
  readonly canonical: boolean;
}

/** The file format of every role (TUF 4.2): what else stands beside `signed` and `signatures` is skipped. */
function readEnvelope<T extends Metadata>(bytes: Uint8Array, readSigned: (json: JsonReader) => T): Envelope<T> {
  const json = new JsonReader(bytes);
  let part: SignedPart<T> | undefined;
  let signatures: ReadonlyMap<string, Uint8Array> | undefined;
  json.openObject();
  for (let name = json.nextName(); name !== undefined; name = json.nextName()) {
    if (name === "signed") part = readSignedPart(bytes, json, readSigned);
    else if (name === "signatures") signatures = readSignatures(json);
    else json.value();
  }
  json.end();
  if (part === undefined) throw missing("signed");
  if (signatures === undefined) throw missing("signatures");
  return { bytes, ...part, signatures };
}

/**
 * Signatures are over the canonical form. Where the received text is that form already, it is used as it stands:
 * making it anew costs three times the reading.
 */
function readSignedPart<T>(bytes: Uint8Array, json: JsonReader, readSigned: (json: JsonReader) => T): SignedPart<T> {
  json.skipSpace();
  const start = json.position();
  const deviations = json.deviations();
  const signed = readSigned(json);
  const canonical = json.deviations() === deviations;
  const received = bytes.subarray(start, json.position());
  return { signed, canonical, message: canonical ? received : canonicalise(new JsonReader(received).value()) };
}

function readSignatures(json: JsonReader): ReadonlyMap<string, Uint8Array> {
  const signatures = new Map<string, Uint8Array>();
  json.openArray();
  while (json.nextItem()) {
    const { keyId, signature } = readSignature(json);
    // A second signature under one key id could be meant to count twice (TUF 4.2).
    if (signatures.has(keyId)) throw json.refuse(`has two for the key id ${shown(keyId)}`);
    signatures.set(keyId, signature);
  }
  return signatures;
}

function readSignature(json: JsonReader): { keyId: string; signature: Uint8Array } {
  let keyId: string | undefined;
  let signature: Uint8Array | undefined;
  json.openObject();
  for (let name = json.nextName(); name !== undefined; name = json.nextName()) {
    if (name === "keyid") keyId = json.string();
    else if (name === "sig") signature = decodeSignature(json);
    else json.value();
  }
  if (keyId === undefined) throw missing("keyid of a signature");
  if (signature === undefined) throw missing("sig of a signature");
  return { keyId, signature };
}

/** An empty one is a place kept for a signature yet to come: it verifies under no key. */
function decodeSignature(json: JsonReader): Uint8Array {
  const text = json.string();
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) throw new TufError("TUF_FORMAT", "a signature is not hex");
  return new Uint8Array(Buffer.from(text, "hex"));
}
