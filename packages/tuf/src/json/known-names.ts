/**
 * Names that every metadata file repeats for each key, role or target (TUF 4, and the members of `custom` in PEP 691):
 * recognised in place instead of being cut out anew each time.
 */
const NAMES = [
  "_type",
  "core-metadata",
  "custom",
  "hashes",
  "keyids",
  "keytype",
  "keyval",
  "length",
  "name",
  "paths",
  "public",
  "requires-python",
  "scheme",
  "sha256",
  "terminating",
  "threshold",
  "upload-time",
  "version",
];

interface Known {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const SLOTS = 256;
/** By the first and third byte: one name in each slot at most. */
const table: (Known | undefined)[] = new Array<Known | undefined>(SLOTS).fill(undefined);
for (const name of NAMES) {
  const bytes = new TextEncoder().encode(`${name}"`);
  table[slot(bytes, 0)] = { name, bytes };
}

function slot(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) * 31 + (bytes[at + 2] ?? 0)) % SLOTS;
}

/** The known name that stands at `at`, its closing quote included; `undefined` for any other. */
export function knownName(bytes: Uint8Array, at: number): string | undefined {
  const known = table[slot(bytes, at)];
  if (known === undefined) return undefined;
  const expected = known.bytes;
  for (let i = 0; i < expected.length; i += 1) if (bytes[at + i] !== expected[i]) return undefined;
  return known.name;
}
