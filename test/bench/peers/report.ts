import type { Metric } from "./measuring.ts";

/** One line of the report: what was done, and each contender's figure for it. */
export interface Row {
  readonly id: string;
  readonly title: string;
  readonly metric: Metric;
  readonly figures: ReadonlyMap<string, Figure>;
}

/** A median with what it was made of, or words where there is none: "not measured", "> 100 s", "missing". */
export type Figure = { readonly median: number; readonly samples: readonly number[] } | { readonly words: string };

const FLOOR = "floor";
const OURS = "countermark";

/** The rows as a table for a terminal: figures, ours against the floor, each peer against ours. */
export function renderTable(rows: readonly Row[], names: readonly string[]): string {
  const peers = names.filter((name) => name !== FLOOR && name !== OURS);
  const head = ["", FLOOR, OURS, "ours/floor", ...peers.flatMap((name) => [name, "x ours"])];
  const lines = rows.map((row) => [
    row.title,
    text(row, FLOOR),
    text(row, OURS),
    ratio(row, OURS, FLOOR),
    ...peers.flatMap((name) => [text(row, name), ratio(row, name, OURS)]),
  ]);
  const table = [head, ...lines];
  const widths = head.map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)));
  return table.map((cells) => cells.map((cell, column) => padded(cell, column, widths)).join("  ")).join("\n");
}

function padded(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0;
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function text(row: Row, name: string): string {
  const figure = row.figures.get(name);
  if (figure === undefined) return "-";
  return "words" in figure ? figure.words : quantity(figure.median, row.metric);
}

function ratio(row: Row, name: string, to: string): string {
  const [above, below] = [row.figures.get(name), row.figures.get(to)];
  if (above === undefined || below === undefined || "words" in above || "words" in below) return "";
  return Number((above.median / below.median).toPrecision(2)).toLocaleString("en-US");
}

function quantity(value: number, metric: Metric): string {
  if (metric === "peakBytes") return `${Math.round(value / 2 ** 20)} MiB`;
  if (value >= 100) return `${Math.round(value).toLocaleString("en-US")} ms`;
  return `${Number(value.toPrecision(2))} ms`;
}

/** The same for programs. */
export function renderJson(facts: Readonly<Record<string, unknown>>, rows: readonly Row[]): string {
  const plain = rows.map(({ figures, ...row }) => ({ ...row, figures: Object.fromEntries(figures) }));
  return JSON.stringify({ ...facts, rows: plain }, undefined, 2);
}
