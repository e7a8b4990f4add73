import assert from "node:assert/strict";
import { readRoot, readSnapshot, readTargets, readTimestamp, type Envelope, type Metadata } from "@countermark/tuf";
import { utf8 } from "./repository.ts";

const readers: Readonly<Record<Metadata["type"], (bytes: Uint8Array) => Envelope<Metadata>>> = {
  root: readRoot,
  timestamp: readTimestamp,
  snapshot: readSnapshot,
  targets: readTargets,
};

export function readAs(type: Metadata["type"], bytes: Uint8Array): Envelope<Metadata> {
  return readers[type](bytes);
}

/** In place of a value: the member goes. */
export const DROP = Symbol("drop");

/**
 * Members of a file by path, `signed/roles/root/threshold`, and what they become: a value, `DROP`, or what a function
 * makes of the old value. `*` is the first member.
 */
export type Changes = Readonly<Record<string, unknown>>;

/** The file with its JSON changed. */
export function edited(file: Uint8Array, changes: Changes): Uint8Array {
  const json = JSON.parse(new TextDecoder().decode(file)) as object;
  for (const [path, value] of Object.entries(changes)) change(json, path, value);
  return utf8(JSON.stringify(json));
}

function change(json: object, path: string, value: unknown): void {
  const steps = path.split("/");
  const last = steps.pop() ?? assert.fail();
  let parent = json;
  for (const step of steps) {
    const child: unknown = Reflect.get(parent, step === "*" ? (Object.keys(parent)[0] ?? "") : step);
    assert.ok(typeof child === "object" && child !== null, `no ${path}`);
    parent = child;
  }
  if (value === DROP) Reflect.deleteProperty(parent, last);
  else
    Reflect.set(
      parent,
      last,
      typeof value === "function" ? (value as (old: unknown) => unknown)(Reflect.get(parent, last)) : value,
    );
}

/** For `edited`: the array with one item more, by default its first. */
export function withMore(...items: readonly unknown[]): (old: unknown) => unknown {
  return (old) =>
    Array.isArray(old)
      ? [...(old as unknown[]), ...(items.length > 0 ? items : [(old as unknown[])[0]])]
      : assert.fail();
}

/** The file with one piece of its text replaced, which must be there. */
export function replaced(file: Uint8Array, piece: string, by: string): Uint8Array {
  const text = new TextDecoder().decode(file);
  assert.ok(text.includes(piece), `no ${piece} in ${text}`);
  return utf8(text.replace(piece, () => by));
}
