import { readFileSync } from "node:fs";
import { reportError } from "./commands/report.ts";
import { run } from "./commands/program.ts";

const { version } = JSON.parse(readFileSync(new URL(import.meta.resolve("#package")), "utf8")) as {
  version: string;
};

// Whoever reads us may stop reading: a pipe into 'head' is no reason to stop an import.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
// The database holds who may do what, and blobs of a private index are nobody's business: whatever is written, the group
// may read at most. The data folder's own mode says so too, but a copy or a link of a file does not stand behind it.
const asked = process.umask(0o077);
process.umask(asked | 0o027);
process.on("uncaughtException", (error) => {
  process.exit(reportError(error));
});

process.exitCode = await run(process.argv.slice(2), version);
