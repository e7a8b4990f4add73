import type { Command } from "commander";
import type { PublishOptions } from "../../publish/publish.ts";
import type { Finish } from "../finish.ts";
import { addSigningOptions } from "./signing-options.ts";

const PUBLISH_HELP = `
Examples:
  countermark publish dist/*
  countermark publish dist/* --account alice            on a machine that has not seen the account
  countermark publish dist/* --passphrase-fd 3 3<FILE   in a script
  countermark publish dist/* --ci-key-fd 3              in CI, with a key made by countermark project ci-key

Every archive is checked from end to end. What is signed is shown first: versions, files, digests, and on top of what. The
passphrase is the consent. All files are published at once, or none.
`;

/** `publish`: release files, signed. */
export function addPublish(program: Command, finish: Finish): void {
  const command = program
    .command("publish")
    .description("release wheels and sdists of a project, signed by you")
    .argument("<files...>", "what to release, such as dist/*");
  addSigningOptions(command)
    .option("--project <name>", "the project that the files must be of")
    .addHelpText("after", PUBLISH_HELP)
    .action(async (files: string[], options: PublishOptions) => {
      const { publish } = await import("../../publish/publish.ts");
      finish(await publish(files, options));
    });
}
