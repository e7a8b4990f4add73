import type { Case } from "./case.ts";
import { pipCases } from "./pip.ts";
import { projectCases } from "./projects.ts";
import { uvCases } from "./uv.ts";

/** Every tool and way that is carried out, in the order of the table. */
export function allCases(hashes: { readonly stranger: string; readonly forged: string }): readonly Case[] {
  return [...pipCases(hashes), ...uvCases, ...projectCases];
}
