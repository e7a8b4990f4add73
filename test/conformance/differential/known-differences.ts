import type { Difference } from "./compare.ts";

/** A defect or a limit of a peer that lets it refuse, or understand otherwise, what ours rightly accepts. */
export interface KnownDifference {
  readonly peer: string;
  readonly reason: string;
  /** Must fit one of the case's tags, where it stands. */
  readonly tag?: RegExp;
  /** Must fit the place, where it stands. */
  readonly place?: RegExp;
  /** Must fit what the peer said, where it stands. */
  readonly detail?: RegExp;
}

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    peer: "python-tuf",
    reason: "reads Ed25519 keys in hex only, ECDSA keys in PEM only",
    tag: /^key: (ed25519 in PEM|ecdsa P-(256|384) in hex)$/,
    detail: /^UnsignedMetadataError/,
  },
  {
    peer: "python-tuf",
    reason: "writes years before 1000 without their zeros when it canonicalises",
    tag: /^odd: expires "0001-/,
    detail: /^UnsignedMetadataError/,
  },
  {
    peer: "tuf-js",
    reason: "its globs (minimatch) match no part of a path that is empty or begins with a dot",
    place: /^look-up of "(?:[^"]*\/)?(?:\.|\/|")/,
  },
  {
    peer: "tuf-js",
    reason: "its ? (minimatch) is one UTF-16 unit",
    place: /^look-up of .*[\u{10000}-\u{10ffff}]/u,
  },
  {
    peer: "tuf-js",
    reason: "reads RSA keys as SubjectPublicKeyInfo only",
    tag: /^key: rsa in PKCS #1$/,
    detail: /was signed by/,
  },
  {
    peer: "tuf-js",
    reason: "allows nothing but strings in keyval",
    detail: /^TypeError keyval must be a string record/,
  },
  {
    peer: "tuf-js",
    reason: "looks key ids up in a plain object, so names of its prototype are taken",
    tag: /^(signatures: prototype key id|key id: "(constructor|__proto__)")$/,
    detail: /multiple signatures found for keyid: (constructor|__proto__)/,
  },
  {
    peer: "tuf-js",
    reason: "keeps roles in a plain object, so integer names lose their order",
    tag: /^strange role name: "[01]"$/,
    detail: /was signed by|^found|^read/,
  },
  {
    peer: "go-tuf",
    reason: "refuses a role that names a key which is not there, where others go on with those that are",
    detail: /^\*metadata\.ErrValue value error: key with ID .* not found in .* keyids/s,
  },
  {
    peer: "go-tuf",
    reason: "compares hash prefixes with base64 (fixed after v2.4.2)",
    tag: /^delegation by hash prefixes$/,
    place: /^look-up/,
  },
  {
    peer: "go-tuf",
    reason: "reads ECDSA keys in PEM only",
    tag: /^key: ecdsa P-(256|384) in hex$/,
    detail: /PEM decoding failed/,
  },
  {
    peer: "go-tuf",
    reason: "reads Ed25519 keys in hex only",
    tag: /^key: ed25519 in PEM$/,
    detail: /encoding\/hex: invalid byte/,
  },
  {
    peer: "go-tuf",
    reason: "does not know P-384 keys by their old type",
    tag: /^key: ecdsa P-384 by its old name$/,
    detail: /unsupported public key type/,
  },
  {
    peer: "go-tuf",
    reason: "reads hex from the text of a string, escapes and all",
    tag: /^written: (some escapes|everything escaped)$/,
    detail: /tuf: invalid JSON hex bytes|encoding\/hex/,
  },
  {
    peer: "go-tuf",
    reason: "leaves a length of 0 out when it canonicalises",
    tag: /^(timestamp|snapshot) entry: length 0$|^odd: length 0$|^bytes: empty$/,
    detail: /ErrUnsignedMetadata/,
  },
  {
    peer: "go-tuf",
    reason: "reads names of members without regard to case",
    tag: /^(unknown|renamed) member: .*"(Version|EXPIRES|Threshold|KeyIDs|Signed|Meta)"/,
  },
];

export function knownDifference({ peer, case: asked, place, detail }: Difference): KnownDifference | undefined {
  return KNOWN_DIFFERENCES.find(
    (known) =>
      known.peer === peer &&
      (known.tag === undefined || asked.tags.some((tag) => known.tag?.test(tag))) &&
      (known.place === undefined || known.place.test(place)) &&
      (known.detail === undefined || known.detail.test(detail)),
  );
}
