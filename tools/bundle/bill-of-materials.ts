import type { CarriedPackage } from "./third-party.ts";

/** The carried packages as CycloneDX 1.6 names them. Without a time or a number of its own: the same input, the same bytes. */
export function billOfMaterials(carried: readonly CarriedPackage[]): string {
  const components = carried.map(({ name, version, license }) => ({
    type: "library",
    name,
    version,
    licenses: [{ license: { id: license } }],
    // The `@` of a scope is the one character of npm's names that a package URL escapes.
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
  }));
  return `${JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.6", version: 1, components }, undefined, 2)}\n`;
}
