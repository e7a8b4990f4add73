import type { CarriedPackage } from "./third-party.ts";

const RULE = "-".repeat(80);

/** What the licences of the carried packages ask to be given along with them. */
export function noticesOf(carried: readonly CarriedPackage[]): string {
  const start = "Parts of these packages are carried in the files beside this one, each under its own licence.\n";
  const entries = carried.map(({ name, version, license, texts }) =>
    [RULE, `${name} ${version} (${license})`, RULE, "", ...texts, ""].join("\n"),
  );
  return [start, ...entries].join("\n");
}
