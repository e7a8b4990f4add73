import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../tools/python/places.ts";

/** What stands between two fences of a page, under which heading. */
export interface Block {
  readonly heading: string;
  /** One command each. */
  readonly lines: readonly string[];
}

const FENCED = /^##? (?<heading>.+)$|^ *```\n(?<text>[^]*?)^ *```$/gm;

/** The commands of a page of the operator's guide, in its order. */
export function commandsOf(page: string): readonly Block[] {
  const text = readFileSync(join(checkout, "docs", "operate", page), "utf8");
  const blocks: Block[] = [];
  let heading = "";
  for (const { groups } of text.matchAll(FENCED)) {
    if (groups?.["heading"] !== undefined) heading = groups["heading"];
    else blocks.push({ heading, lines: (groups?.["text"] ?? "").trimEnd().split("\n") });
  }
  return blocks;
}
