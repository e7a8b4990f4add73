/** Rows in one statement. */
const CHUNK_ROWS = 64;

/** Items in the portions in which statements take them. */
export function* chunks<T>(items: readonly T[]): Iterable<readonly T[]> {
  for (let start = 0; start < items.length; start += CHUNK_ROWS) yield items.slice(start, start + CHUNK_ROWS);
}
