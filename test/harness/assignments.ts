import type { Settings } from "./sandbox.ts";

/** Environment variables as a unit of systemd and an `ENV` line of a Containerfile write them: `A=b C=d`, nothing quoted. */
export function assignments(line: string): Settings {
  return Object.fromEntries(
    line.split(" ").map((word) => {
      const [name = "", ...value] = word.split("=");
      return [name, value.join("=")];
    }),
  );
}
