import { Administration } from "../accounts/administer.ts";
import { systemClock } from "../clock.ts";
import { openIndex, type OpenIndex } from "../data-folder.ts";

/** Opens an index for one change, or one look at its people. `serve` may run meanwhile. */
export async function administer<T>(
  data: string,
  work: (administration: Administration, index: OpenIndex) => Promise<T>,
): Promise<T> {
  const index = await openIndex(data);
  try {
    return await work(new Administration({ ...index, clock: systemClock }), index);
  } finally {
    await index.store.close();
  }
}

/** Lines of columns, aligned; nothing for no rows. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join("");
}

/** One value as a line of JSON. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
