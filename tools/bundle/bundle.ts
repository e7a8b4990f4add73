import { isBuiltin } from "node:module";
import { join } from "node:path";
import { rolldown, type OutputChunk } from "rolldown";
import { checkout } from "../python/places.ts";
import { billOfMaterials } from "./bill-of-materials.ts";
import { takeBuiltins } from "./builtin-modules.ts";
import { noticesOf } from "./notices.ts";
import { carriedPackages } from "./third-party.ts";

/** The packages whose command is bundled, with the modules that Node is started on, by the name of their file. */
const ENTRIES = {
  client: { main: "src/main.ts" },
  server: {
    main: "src/main.ts",
    "check-thread": "src/checking/check-thread.ts",
    "intake-thread": "src/import/intake-thread.ts",
  },
} as const;

/** A package whose command is bundled. */
export type Bundled = keyof typeof ENTRIES;
export const BUNDLED: readonly Bundled[] = ["client", "server"];

/** Licences of all that is carried along. */
export const NOTICES_FILE = "THIRD-PARTY.txt";
/** The same for programs that look for known weaknesses (CycloneDX). */
export const BILL_FILE = "bundle.cdx.json";

/** Below a bundled package's folder; `bin/` starts what lies there. */
export const BUNDLE_FOLDER = "dist/bundle";

/**
 * Joins a command's modules, its own and third parties', into few: those that it always loads into one, those that one of its
 * words loads into files of their own. Neither renamed nor shortened, and each part under the path of its source. The same
 * checkout gives the same bytes.
 * @returns texts by file name
 */
export async function makeBundle(name: Bundled): Promise<ReadonlyMap<string, string>> {
  const chunks = await joinModules(name);
  const carried = carriedPackages(chunks.flatMap(({ moduleIds }) => moduleIds));
  return new Map([
    ...chunks.map(({ fileName, code }) => [fileName, takeBuiltins(code)] as const),
    [NOTICES_FILE, noticesOf(carried)],
    [BILL_FILE, billOfMaterials(carried)],
  ]);
}

async function joinModules(name: Bundled): Promise<readonly OutputChunk[]> {
  const input = Object.entries(ENTRIES[name]).map(
    ([file, path]) => [file, join(checkout, "packages", name, path)] as const,
  );
  await using build = await rolldown({
    cwd: checkout,
    input: Object.fromEntries(input),
    platform: "node",
    external: (id) => isBuiltin(id),
    // From the sources: what `dist` holds may be older.
    resolve: { conditionNames: ["countermark-source", "node", "import"] },
    tsconfig: false,
    // A constant stays where it is named and explained.
    optimization: { inlineConst: false },
    onLog(_, { message }) {
      throw new Error(`while bundling ${name}: ${message}`);
    },
  });
  const { output } = await build.generate({
    format: "esm",
    minify: false,
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
  });
  return output.filter((file) => file.type === "chunk");
}
