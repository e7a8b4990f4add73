import { join } from "node:path";
import { checkCeremony, signChecked } from "../../packages/client/src/ceremony/sign.ts";
import { applyCeremony, type Applied } from "../../packages/server/src/ceremony/apply.ts";
import { proposeCeremony } from "../../packages/server/src/ceremony/propose.ts";
import type { Folders } from "./index-server.ts";

let ceremonies = 0;

/**
 * A whole ceremony by the commands' own functions: proposed, signed by the one holder on their word for these projects, and
 * published. `folder` is where the files that are carried lie.
 */
export async function holdCeremony(
  { data, keys }: Folders,
  folder: string,
  projects: readonly string[] = [],
): Promise<Applied> {
  ceremonies += 1;
  const [bundle, signatures] = ["bundle", "signatures"].map((name) => join(folder, `${name}-${ceremonies}`)) as [
    string,
    string,
  ];
  const overrides = new Map(projects.map((project) => [project, "its people are known to us"]));
  await proposeCeremony(data, bundle);
  await signChecked(await checkCeremony(bundle, keys, overrides, Date.now()), keys, signatures, overrides);
  return await applyCeremony(data, bundle, [signatures]);
}
