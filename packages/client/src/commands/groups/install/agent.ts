import { InvalidArgumentError, type Command } from "commander";
import type { Finish } from "../finish.ts";

const AGENT_HELP = `
Examples:
  countermark agent --port 8790
  countermark agent --port 8790 > installers.env &    settings for pip, uv, pdm and poetry, one a line
  countermark agent --json                            the same as JSON
  countermark agent --offline                         from what was verified and fetched before, until it expires

Unlike \`run\`, it cannot keep a tool from asking elsewhere: a second index in a tool's own settings, a lock file with
addresses, or a direct URL goes past it.
`;

/** `agent`: the door for containers. */
export function addAgent(program: Command, finish: Finish): void {
  program
    .command("agent")
    .description("keep a verified index on loopback, for containers")
    .option("--index <url>", "which of the trusted indexes")
    .option("--port <number>", "port of 127.0.0.1; a free one by default", readPort)
    .option("--offline", "ask no index: go by what was verified and fetched before, and say what that cannot tell")
    .option("--json", "print address and settings as JSON")
    .addHelpText("after", AGENT_HELP)
    .action(async (options: { index?: string; port?: number; json?: boolean; offline?: boolean }) => {
      const { agent } = await import("../../agent.ts");
      finish(await agent(options));
    });
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("a port is a number from 0 to 65535.");
}
