/** Signals by which operators and service managers ask a process to end. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** A signal that fires when the process is asked to end; asked a second time, it ends at once. */
export function stopSignal(): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    release();
    controller.abort();
  };
  const release = (): void => {
    for (const name of SIGNALS) process.removeListener(name, onSignal);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return { signal: controller.signal, release };
}
