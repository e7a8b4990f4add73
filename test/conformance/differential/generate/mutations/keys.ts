import { createPublicKey } from "node:crypto";
import { Members, placesIn, type Node } from "../json.ts";
import type { Draft } from "../draft.ts";
import { copyOf, type Repository } from "../repository.ts";
import { shown, type Change } from "./change.ts";

const STRANGE_KEY_IDS = ["", "x", "__proto__", "constructor", "1", "é😀", "AB".repeat(32), "\u0000", '"', "a b"];
/** Ed25519 points that verify what nobody signed, or that have another encoding. */
const WEAK_ED25519 = [
  `01${"00".repeat(31)}`,
  "00".repeat(32),
  `ec${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
  "ff".repeat(32),
];

export const keyChanges: readonly Change[] = [
  { name: "key id", apply: renameKey },
  { name: "key under two ids", apply: twoLabels },
  { name: "unused key", apply: addUnusedKey },
  { name: "key without its object", apply: dropKey },
  { name: "key text", apply: rewriteKey },
  { name: "key id twice", apply: repeatKeyId },
  { name: "threshold too high", apply: raiseThreshold },
];

/** The object that holds the keys by id: a root's own, or that of a role's delegations. */
function keyHolder({ signed }: Draft): Members | undefined {
  const delegations = signed.get("delegations");
  const keys = signed.get("keys") ?? (delegations instanceof Members ? delegations.get("keys") : undefined);
  return keys instanceof Members && keys.entries.length > 0 ? keys : undefined;
}

function someHolder(repository: Repository): Members | undefined {
  const holders = repository
    .drafts()
    .map(keyHolder)
    .filter((holder) => holder !== undefined);
  return holders.length === 0 ? undefined : repository.random.pick(holders);
}

/** Every mention of a key id in all files becomes another, signatures too. */
function renameKey(repository: Repository): string | undefined {
  const { random } = repository;
  const holder = someHolder(repository);
  if (holder === undefined) return undefined;
  const [from] = random.pick(holder.entries);
  const to = random.pick(STRANGE_KEY_IDS);
  for (const draft of repository.drafts()) {
    for (const { name, value, replace, parent } of placesIn(draft.signed)) {
      if (value === from && name.startsWith("[")) replace(to);
      if (name === from) for (const entry of parent?.entries ?? []) if (entry[0] === from) entry[0] = to;
    }
    draft.edits.signatures.push((signatures) => {
      for (const signature of signatures)
        if (signature instanceof Members && signature.get("keyid") === from) signature.set("keyid", to);
    });
  }
  return shown(to);
}

/** The same key under a second id, which a role counts on: one hand must not reach a threshold of two. */
function twoLabels(repository: Repository): string | undefined {
  const { random } = repository;
  const draft = random.pick(repository.drafts());
  const holder = keyHolder(draft);
  if (holder === undefined) return undefined;
  const [keyId, json] = random.pick(holder.entries);
  const label = "second label";
  holder.set(label, copyOf(json));
  for (const { name, value } of placesIn(draft.signed)) {
    if (name === "keyids" && Array.isArray(value) && value.includes(keyId)) value.push(label);
  }
  const raise = random.chance(0.5);
  for (const { name, value, replace } of placesIn(draft.signed)) {
    if (raise && name === "threshold" && typeof value === "number") replace(value + 1);
  }
  for (const each of repository.drafts())
    each.edits.signatures.push((signatures) => signTwice(signatures, keyId, label));
  return raise ? "threshold raised" : "";
}

function signTwice(signatures: Node[], keyId: string, label: string): void {
  const first = signatures.find((each) => each instanceof Members && each.get("keyid") === keyId);
  if (!(first instanceof Members)) return;
  const second = copyOf(first);
  second.set("keyid", label);
  signatures.push(second);
}

function addUnusedKey(repository: Repository): string | undefined {
  const { random } = repository;
  const holder = someHolder(repository);
  if (holder === undefined) return undefined;
  const key = (keytype: Node, scheme: Node, material: Node): Members => {
    return Members.of({ keytype, scheme, keyval: Members.of({ public: material }) });
  };
  const [what, json] = random.pick<readonly [string, Node]>([
    ["of an unknown type", key("sphincs", "sphincs-shake-128s", "00")],
    [
      "with a private half",
      Members.of({ ...plain(key("ed25519", "ed25519", "aa".repeat(32))), keyid_hash_algorithms: ["sha256"] }),
    ],
    ["weak", key("ed25519", "ed25519", random.pick(WEAK_ED25519))],
    ["too short", key("ed25519", "ed25519", "aa")],
    ["not PEM", key("rsa", "rsassa-pss-sha256", "no key")],
    ["null", null],
    ["empty", new Members()],
    ["of another scheme", key("ed25519", "ed448", "aa".repeat(32))],
    ["known under another id", copyOf(random.pick(repository.pool).json)],
  ]);
  holder.set("unused", json);
  return what;
}

function plain({ entries }: Members): Record<string, Node> {
  return Object.fromEntries(entries);
}

function dropKey(repository: Repository): string | undefined {
  const { random } = repository;
  const holder = someHolder(repository);
  if (holder === undefined) return undefined;
  holder.delete(random.pick(holder.entries)[0]);
  return "";
}

/** Another spelling of the same key, good or bad. */
function rewriteKey(repository: Repository): string | undefined {
  const { random } = repository;
  const holder = someHolder(repository);
  if (holder === undefined) return undefined;
  const keyval = placesIn(random.pick(holder.entries)[1]).find(({ name }) => name === "public");
  if (typeof keyval?.value !== "string") return undefined;
  const text = keyval.value;
  const rewrites: readonly (readonly [string, (text: string) => string])[] = text.startsWith("-----BEGIN PUBLIC")
    ? [
        ["CRLF", (pem) => pem.replaceAll("\n", "\r\n")],
        ["no last newline", (pem) => pem.trimEnd()],
        ["newline at the end", (pem) => `${pem}\n`],
        ["text before", (pem) => `key:\n${pem}`],
        ["text after", (pem) => `${pem}text`],
        ["spaces in front of lines", (pem) => pem.replaceAll("\n", "\n ")],
        ["one long line", (pem) => pem.replace(/(?<=[A-Za-z0-9+/=])\n(?=[A-Za-z0-9+/=])/g, "")],
        ["two blocks", (pem) => pem + pem],
        ["a header", (pem) => pem.replace("\n", "\nProc-Type: 4,ENCRYPTED\n\n")],
        ["space after the label", (pem) => pem.replace("KEY-----\n", "KEY----- \n")],
        ["PKCS #1", pkcs1Of],
        ["compressed point", compressedOf],
        ["truncated", (pem) => pem.slice(0, -40)],
      ]
    : [
        ["upper case", (hex) => hex.toUpperCase()],
        ["0x", (hex) => `0x${hex}`],
        ["a space", (hex) => `${hex} `],
        ["spaces between", (hex) => hex.replace(/../g, "$& ").trim()],
        ["a newline", (hex) => `${hex}\n`],
        ["too long", (hex) => `${hex}00`],
        ["too short", (hex) => hex.slice(2)],
        ["odd", (hex) => hex.slice(1)],
        ["weak", () => random.pick(WEAK_ED25519)],
        ["another key", () => "ab".repeat(32)],
      ];
  const [what, rewrite] = random.pick(rewrites);
  keyval.replace(rewrite(text));
  return what;
}

function pkcs1Of(pem: string): string {
  const key = createPublicKey(pem);
  return key.asymmetricKeyType === "rsa" ? key.export({ type: "pkcs1", format: "pem" }).toString() : `${pem} `;
}

/** The DER of an EC key whose point is given by x and a sign alone. */
function compressedOf(pem: string): string {
  const der = createPublicKey(pem).export({ type: "spki", format: "der" });
  const at = der.indexOf(Buffer.from([0x00, 0x04]));
  if (at === -1) return pem;
  const half = (der.length - at - 2) / 2;
  const compressed = Buffer.concat([
    der.subarray(0, at + 1),
    Buffer.from([0x02 + ((der.at(-1) ?? 0) & 1)]),
    der.subarray(at + 2, at + 2 + half),
  ]);
  // The lengths of the outer sequence and of the bit string.
  compressed[1] = compressed.length - 2;
  compressed[at - 1] = half + 2;
  return `-----BEGIN PUBLIC KEY-----\n${compressed.toString("base64")}\n-----END PUBLIC KEY-----\n`;
}

function repeatKeyId(repository: Repository): string | undefined {
  const { random } = repository;
  const lists = placesIn(random.pick(repository.drafts()).signed).filter(({ name }) => name === "keyids");
  const list = lists.length === 0 ? undefined : random.pick(lists).value;
  if (!Array.isArray(list)) return undefined;
  list.push(list[0] ?? "x");
  return "";
}

function raiseThreshold(repository: Repository): string | undefined {
  const { random } = repository;
  const thresholds = placesIn(random.pick(repository.drafts()).signed).filter(({ name }) => name === "threshold");
  if (thresholds.length === 0) return undefined;
  random.pick(thresholds).replace(5);
  return "";
}
