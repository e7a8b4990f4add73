/** One line of the report. */
export interface Figure {
  /** Stable, for programs. */
  readonly id: string;
  readonly title: string;
  readonly unit: "s" | "files/s" | "ratio";
  /** The median of the samples; of a ratio, the ratio of two medians. */
  readonly value: number;
  readonly samples: readonly number[];
}

/** The middle of the samples, which one slow moment of the machine does not move. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? NaN, sorted[Math.floor(middle)] ?? NaN];
  return (low + high) / 2;
}

/** A figure whose value is the median of its samples. */
export function figure(id: string, title: string, unit: Figure["unit"], samples: readonly number[]): Figure {
  return { id, title, unit, value: median(samples), samples };
}

/** How many times one figure is another. */
export function ratio(id: string, title: string, above: Figure, below: Figure): Figure {
  return { id, title, unit: "ratio", value: above.value / below.value, samples: [] };
}

/** Figures as aligned lines: title, value, and between which values the samples lay. */
export function renderFigures(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ title }) => title.length));
  return figures.map((each) => `${each.title.padEnd(width)}  ${quantity(each).padStart(14)}${spread(each)}`).join("\n");
}

function quantity({ value, unit }: Figure): string {
  return unit === "ratio" ? `${number(value)} x` : `${number(value)} ${unit}`;
}

function spread({ samples }: Figure): string {
  if (samples.length < 2) return "";
  return `   (${number(Math.min(...samples))} to ${number(Math.max(...samples))}, ${samples.length} runs)`;
}

function number(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 3 });
}
