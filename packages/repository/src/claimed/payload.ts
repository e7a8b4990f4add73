import { jsonObject, type JsonValue } from "@countermark/tuf";
import { DIGEST, FILENAME } from "../wire/api/forms.ts";
import { Members } from "../wire/api/members.ts";
import { MAX_DEVELOPER_ROLE_BYTES, MAX_TRANSACTION_FILES, type CommitRequest } from "../wire/api/transactions.ts";
import { encodePayload, MAX_PAYLOAD_BYTES } from "../transactions/transaction.ts";
import type { ReceivedBlob } from "./check/situation.ts";

/** The payload of a `project` transaction: the signed roles, and what the server found in the files that came with them. */
export interface ProjectPayload extends CommitRequest {
  readonly received: readonly ReceivedBlob[];
}

export function projectPayload({ p, r, received }: ProjectPayload): Uint8Array {
  const base64 = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString("base64");
  const files = received.map(({ filename, sha256, length, requiresPython, coreMetadata, listedAt }): JsonValue =>
    jsonObject({ filename, sha256, length, requiresPython, coreMetadata, listedAt }),
  );
  return encodePayload(jsonObject({ p: base64(p), r: base64(r), received: files }));
}

/** Throws `WIRE_FORMAT`. */
export function decodeProjectPayload(payload: Uint8Array): ProjectPayload {
  const members = Members.parse(payload, MAX_PAYLOAD_BYTES);
  const role = (name: string) => members.bytes(name, MAX_DEVELOPER_ROLE_BYTES);
  const [p, r] = [members.optional("p", role), members.optional("r", role)];
  const received = members.list("received", MAX_TRANSACTION_FILES).map(readReceived);
  members.end();
  return { ...(p !== undefined && { p }), ...(r !== undefined && { r }), received };
}

function readReceived(file: Members): ReceivedBlob {
  const requiresPython = file.optional("requiresPython", (name) => file.text(name, /^[^\u0000-\u001f\u007f]{0,1000}$/));
  const coreMetadata = file.optional("coreMetadata", (name) => file.text(name, DIGEST));
  const listedAt = file.optional("listedAt", (name) => file.count(name, 0, Number.MAX_SAFE_INTEGER));
  const received = {
    filename: file.text("filename", FILENAME),
    sha256: file.text("sha256", DIGEST),
    length: file.count("length", 0, Number.MAX_SAFE_INTEGER),
    ...(requiresPython !== undefined && { requiresPython }),
    ...(coreMetadata !== undefined && { coreMetadata }),
    ...(listedAt !== undefined && { listedAt }),
  };
  file.end();
  return received;
}
