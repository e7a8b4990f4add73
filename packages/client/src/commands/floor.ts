import { parseName } from "@countermark/packaging";
import { formatFloorLine, parseFloorLine, type FloorLine } from "@countermark/repository";
import { ClientError } from "../errors.ts";
import { openSession } from "../session.ts";
import { floorLineOf, requireFloorLine } from "../verify/floor-line.ts";
import { print, say } from "./report.ts";

/** What `countermark floor` was asked for. */
export interface FloorOptions {
  readonly index?: string;
  /** Projects whose own roles the line shall speak of, too. */
  readonly projects: readonly string[];
  readonly json?: boolean;
}

/** Prints the floor line of what the index shows now, for others to begin from. */
export async function showFloor({ index, projects, json }: FloorOptions): Promise<number> {
  const session = await openSession(index);
  try {
    const line = await floorLineOf(session.index, projects.map(readProject));
    const text = formatFloorLine(line);
    if (json === true)
      print(
        JSON.stringify({ ...line, index: session.repository.url, line: text, roles: Object.fromEntries(line.roles) }),
      );
    else print(text);
    return 0;
  } finally {
    await session.close();
  }
}

/** Takes a floor line over, once the index is seen to meet it: nothing below it is accepted from then on. */
export async function raiseFloor(text: string, { index }: Pick<FloorOptions, "index">): Promise<number> {
  const line = readFloorLine(text);
  const session = await openSession(index);
  try {
    await requireFloorLine(session.index, line);
    session.store.remember(session.repository.id, { floors: line.roles });
    say(`countermark: ${session.repository.url} is held to ceremony ${line.ceremony} from now on`);
    return 0;
  } finally {
    await session.close();
  }
}

/** Reads a line that a person gave. @throws ClientError `USAGE` */
export function readFloorLine(text: string): FloorLine {
  try {
    return parseFloorLine(text);
  } catch (cause) {
    throw new ClientError("USAGE", cause instanceof Error ? cause.message : "the floor line cannot be read", {
      hint: "it is one line, in quotes, as countermark floor prints it",
      cause,
    });
  }
}

function readProject(name: string): string {
  try {
    return parseName(name);
  } catch (cause) {
    throw new ClientError("USAGE", `${JSON.stringify(name)} is not the name of a project`, { cause });
  }
}
