import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../tools/python/places.ts";

/** What stands between two fences of a page, under which heading. */
export interface Block {
  readonly heading: string;
  /** One command each. */
  readonly lines: readonly string[];
}

const FENCED = /^##? (?<heading>.+)$|^ *```(?<kind>\w*)\n(?<text>[^]*?)^ *```$/gm;

/** The commands of a page below `docs`, in its order: blocks that say what else they hold, such as `text`, are none. */
export function commandsOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  let heading = "";
  for (const { groups } of textOf(page).matchAll(FENCED)) {
    if (groups?.["heading"] !== undefined) heading = groups["heading"];
    else if (groups?.["kind"] === "") blocks.push({ heading, lines: (groups["text"] ?? "").trimEnd().split("\n") });
  }
  return blocks;
}

/** A page below `docs`. */
export function textOf(page: string): string {
  return readFileSync(join(checkout, "docs", page), "utf8");
}
