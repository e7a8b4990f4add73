import { Members, Token, write, type Node } from "../json.ts";
import { signatureOf } from "../draft.ts";
import { copyOf, type Repository } from "../repository.ts";
import type { Random } from "../random.ts";
import type { Change } from "./change.ts";

type SignatureEdit = (signatures: Node[], message: Buffer, random: Random, repository: Repository) => void;

const EDITS: ReadonlyMap<string, SignatureEdit> = new Map<string, SignatureEdit>([
  ["none", (signatures) => void signatures.splice(0)],
  ["one fewer", (signatures) => void signatures.pop()],
  ["one wrong", onText((sig) => sig.replace(/^../, (byte) => (byte === "00" ? "01" : "00")))],
  ["one empty", onText(() => "")],
  ["one in upper case", onText((sig) => sig.toUpperCase())],
  ["one of odd length", onText((sig) => sig.slice(1))],
  ["one not hex", onText((sig) => `zz${sig.slice(2)}`)],
  ["one with spaces", onText((sig) => sig.replace(/../g, "$& "))],
  ["one too long", onText((sig) => `${sig}00`)],
  ["one truncated", onText((sig) => sig.slice(0, -2))],
  ["one with S + L", onText(addOrder)],
  ["one twice", (signatures, _, random) => void signatures.push(copyOf(random.pick(signatures)))],
  ["one without key id", onOne((signature) => signature.delete("keyid"))],
  ["one without sig", onOne((signature) => signature.delete("sig"))],
  ["one null", (signatures) => void signatures.splice(0, 1, null)],
  ["one number", onOne((signature) => signature.set("sig", 1))],
  ["unknown member", onOne((signature) => signature.set("method", "x"))],
  ["prototype member", onOne((signature) => signature.set("__proto__", new Members()))],
  ["number of another kind", onOne((signature) => signature.set("x", new Token("1.5")))],
  ["swapped", swap],
  ["of a stranger", addStranger],
  ["unknown key id", (signatures) => void signatures.push(Members.of({ keyid: "unknown", sig: "00" }))],
  ["unknown key id, empty", (signatures) => void signatures.push(Members.of({ keyid: "unknown", sig: "" }))],
  ["prototype key id", (signatures) => void signatures.push(Members.of({ keyid: "constructor", sig: "00" }))],
  ["empty key id", (signatures) => void signatures.push(Members.of({ keyid: "", sig: "00" }))],
  ["reversed", (signatures) => void signatures.reverse()],
]);

export const signatureChanges: readonly Change[] = [
  { name: "signatures", apply: change },
  { name: "signatures", apply: change },
  { name: "signatures", apply: change },
  { name: "signed by other keys", apply: signOtherwise },
  { name: "signed as received", apply: signText },
];

function change(repository: Repository): string {
  const { random } = repository;
  const [name, edit] = random.pick([...EDITS]);
  random.pick(repository.drafts()).edits.signatures.push((signatures, message) => {
    if (signatures.length > 0) edit(signatures, message, random, repository);
  });
  return name;
}

function onOne(edit: (signature: Members) => void): SignatureEdit {
  return (signatures, _, random) => {
    const signature = random.pick(signatures);
    if (signature instanceof Members) edit(signature);
  };
}

function onText(edit: (sig: string) => string): SignatureEdit {
  return onOne((signature) => {
    const sig = signature.get("sig");
    if (typeof sig === "string") signature.set("sig", edit(sig));
  });
}

/** The same Ed25519 signature with the group's order added to its scalar (RFC 8032, 5.1.7 refuses it). */
function addOrder(sig: string): string {
  if (sig.length !== 128) return sig;
  const order = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
  const little = Buffer.from(sig.slice(64), "hex").reverse().toString("hex");
  const sum = (BigInt(`0x${little}`) + order).toString(16).padStart(64, "0");
  return sig.slice(0, 64) + Buffer.from(sum, "hex").reverse().toString("hex");
}

function swap(signatures: Node[]): void {
  const [a, b] = signatures;
  if (!(a instanceof Members) || !(b instanceof Members)) return;
  const sig = a.get("sig") ?? "";
  a.set("sig", b.get("sig") ?? "");
  b.set("sig", sig);
}

function addStranger(signatures: Node[], message: Buffer, random: Random, { pool }: Repository): void {
  const present = signatures.map((each) => (each instanceof Members ? each.get("keyid") : undefined));
  const strangers = pool.filter(({ keyId }) => !present.includes(keyId));
  signatures.splice(random.below(signatures.length + 1), 0, signatureOf(random.pick(strangers), message));
}

function signOtherwise(repository: Repository): string {
  const { random } = repository;
  random.pick(repository.drafts()).signers = random.sample(repository.pool, random.between(1, 3));
  return "";
}

/** Signatures over the text as it stands in the file, which is not the canonical form. */
function signText(repository: Repository): string {
  const draft = repository.random.pick(repository.drafts());
  draft.style = { ...draft.style, space: (depth) => (depth < 0 ? " " : `\n${" ".repeat(depth)}`) };
  draft.edits.signatures.push((signatures) => {
    const text = Buffer.from(write(draft.signed, draft.style, 1));
    signatures.splice(0, signatures.length, ...draft.signers.map((key) => signatureOf(key, text)));
  });
  return "";
}
