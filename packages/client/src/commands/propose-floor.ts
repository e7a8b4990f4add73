import { formatFloorLine } from "@countermark/repository/verifying";
import type { Session } from "../session.ts";
import { floorLineOf } from "../verify/floor-line.ts";
import { say } from "./report.ts";

/**
 * Proposes a raised floor for the project's own file when a ceremony was held since its line was written: the line is what
 * protects those who have seen nothing of the index yet, and it only does so up to the ceremony that it knows.
 */
export async function proposeFloor({ configuration, index, repository }: Session): Promise<void> {
  const { project } = configuration;
  const floor = project?.index?.floor;
  if (project === undefined || floor === undefined || project.index?.url !== repository.url) return;
  if ((index.roles.layout?.ceremony ?? 0) <= floor.ceremony) return;
  const projects = [...floor.roles.keys()].filter((role) => /^[pr]\./.test(role)).map((role) => role.slice(2));
  const line = await floorLineOf(index, [...new Set(projects)]);
  say(`countermark: a ceremony was held since the floor in ${project.path} was written; raise it to`);
  say(`floor = ${JSON.stringify(formatFloorLine(line))}`);
}
