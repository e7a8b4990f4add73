/*
 * What a scope could not undo, because its process was interrupted or failed outside of every test: done when the process
 * ends by whatever means but SIGKILL.
 */
const undone = new Set<() => void>();

/** Has something undone at the end of this process, at the latest. Returns what takes that back. */
export function atLast(undo: () => void): () => void {
  undone.add(undo);
  return () => {
    undone.delete(undo);
  };
}

function undoAll(): void {
  for (const undo of undone) undo();
  undone.clear();
}

process.once("exit", undoAll);
// node:test throws from its own handler when a file fails outside of a test; then there is no "exit".
process.once("uncaughtExceptionMonitor", undoAll);
for (const [signal, number] of [
  ["SIGINT", 2],
  ["SIGTERM", 15],
  ["SIGHUP", 1],
] as const) {
  process.once(signal, () => process.exit(128 + number));
}
