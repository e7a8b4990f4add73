import type { Signer } from "@countermark/tuf";

/** Who signs: under the key's own id, or under another label. */
export type Hand = Signer | { readonly keyId: string; readonly signer: Signer };

/**
 * What becomes of `signed`: of its members by path (`roles/root/threshold`; a number finds an item of an array), where
 * `undefined` takes one away; or of its text, for what no JSON value can say.
 */
export type Forgery = Readonly<Record<string, unknown>> | ((text: string) => string);

/**
 * A file whose `signed` was changed in ways that the library's own model refuses to write, with signatures that are right
 * for it: what a holder of the keys, or a broken repository tool, can make.
 */
export async function forge(file: Uint8Array, hands: readonly Hand[], forgery: Forgery): Promise<Uint8Array> {
  const { signed } = JSON.parse(new TextDecoder().decode(file)) as { signed: object };
  if (typeof forgery === "function") return await signText(forgery(inOrder(signed)), hands);
  const forged = changed(signed, forgery);
  return await signText(inOrder(forged), hands, inOrder(forged, canonicalString));
}

/** A whole file around any text of `signed`. Signed is that text, or what it is in canonical form. */
export async function signText(text: string, hands: readonly Hand[], canonical = text): Promise<Uint8Array> {
  const message = new TextEncoder().encode(canonical);
  const signatures = await Promise.all(
    hands.map(async (hand) => {
      const { keyId, signer } = "signer" in hand ? hand : { keyId: hand.publicKey.keyId, signer: hand };
      return { keyid: keyId, sig: Buffer.from(await signer.sign(message)).toString("hex") };
    }),
  );
  return new TextEncoder().encode(`{"signatures":${JSON.stringify(signatures)},"signed":${text}}`);
}

function changed(signed: object, changes: Readonly<Record<string, unknown>>): object {
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split("/");
    const last = steps.pop() ?? "";
    let parent: unknown = signed;
    for (const step of steps) parent = Reflect.get(parent as object, step);
    if (typeof parent !== "object" || parent === null) throw new Error(`there is no ${path} to change`);
    if (value === undefined) Reflect.deleteProperty(parent, last);
    else Reflect.set(parent, last, value);
  }
  return signed;
}

/** JSON with names in order and without space, as TUF signs it; numbers as they are. */
function inOrder(value: unknown, string: (text: string) => string = JSON.stringify): string {
  if (typeof value === "string") return string(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => inOrder(item, string)).join(",")}]`;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${string(name)}:${inOrder(member, string)}`).join(",")}}`;
}

/** Canonical JSON escapes nothing but these two (TUF 4.2). */
function canonicalString(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
