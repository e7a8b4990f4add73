/*
 * `countermark tuf` has options and exit codes of its own, so it goes past the command line that all others share; and it
 * starts sooner for it.
 */
if (process.argv[2] === "tuf") {
  const { tuf } = await import("./commands/tuf.ts");
  process.exitCode = await tuf(process.argv.slice(3));
} else {
  const { runCommandLine } = await import("./commands/command-line.ts");
  // Whatever is still open belongs to nobody any more; a reader that is slow to take our last lines must still get them.
  process.exitCode = await runCommandLine();
}

// Marks this file as a module, which may wait at its top.
export {};
