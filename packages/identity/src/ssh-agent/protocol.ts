import { IdentityError } from "../errors.ts";
import { malformed, SshReader } from "../ssh/reader.ts";
import { sshString, sshUint32 } from "../ssh/writer.ts";

/** Message numbers of draft-ietf-sshm-ssh-agent, 5.1. */
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;

/** Asks for RSA with SHA-512 (draft-ietf-sshm-ssh-agent, 3.6.1). */
export const RSA_SHA2_512 = 4;
/** What OpenSSH's agent takes and gives at most, in bytes (AGENT_MAX_LEN). */
export const MAX_MESSAGE_BYTES = 256 * 1024;
/** Keys that are looked at; an agent with more gives servers too many tries. */
const MAX_KEYS = 1024;
const MAX_COMMENT = 80;

/** A key as an agent lists it. */
export interface ListedKey {
  readonly blob: Uint8Array;
  /** What somebody once wrote beside it, cut short, with `?` for whatever a terminal would obey. */
  readonly comment: string;
}

/** The message that asks for all keys. */
export function listRequest(): Buffer {
  return Buffer.from([REQUEST_IDENTITIES]);
}

/** The message that asks for a signature. Throws `IDENTITY_TOO_LARGE`. */
export function signRequest(blob: Uint8Array, data: Uint8Array, flags: number): Buffer {
  const message = Buffer.concat([Buffer.from([SIGN_REQUEST]), sshString(blob), sshString(data), sshUint32(flags)]);
  if (message.length <= MAX_MESSAGE_BYTES) return message;
  throw new IdentityError(
    "IDENTITY_TOO_LARGE",
    `an ssh-agent signs at most ${MAX_MESSAGE_BYTES} bytes, not ${data.length}`,
    {
      hint: "release with a machine key, and keep this key as an owner's",
    },
  );
}

/** The keys in an answer. Throws `IDENTITY_AGENT` for a refusal, `IDENTITY_SSH` for what is no answer. */
export function readKeys(answer: Uint8Array): readonly ListedKey[] {
  const reader = answerOf(answer, IDENTITIES_ANSWER);
  const count = reader.uint32();
  if (count > MAX_KEYS) throw malformed(`lists ${count} keys`);
  const keys: ListedKey[] = [];
  while (keys.length < count) keys.push({ blob: new Uint8Array(reader.string()), comment: printable(reader.string()) });
  reader.end();
  return keys;
}

/** The signature in an answer, as SSH writes it. Throws `IDENTITY_AGENT`, `IDENTITY_SSH`. */
export function readSignature(answer: Uint8Array): Uint8Array {
  const reader = answerOf(answer, SIGN_RESPONSE);
  const signature = new Uint8Array(reader.string());
  reader.end();
  return signature;
}

/** Whatever is not the answer that was asked for is a refusal: agents have several. */
function answerOf(answer: Uint8Array, type: number): SshReader {
  const reader = new SshReader(answer);
  if (reader.byte() === type) return reader;
  throw new IdentityError("IDENTITY_AGENT", "the ssh-agent refused", {
    hint: "it may be locked, the key may be gone, or a touch or PIN was asked for and not given",
  });
}

function printable(comment: Buffer): string {
  const text = comment.subarray(0, 4 * MAX_COMMENT).toString("utf8");
  return Array.from(text.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, "?"))
    .slice(0, MAX_COMMENT)
    .join("");
}
