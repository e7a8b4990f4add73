import type { FetchOptions } from "./http-source.ts";
import type { Source } from "./source.ts";

/**
 * A source that asks for one file at once, while others are asked for that mostly are not there: an update looks for the
 * next root before the timestamp, and the next root is rare, so that a returning client waits for one answer, not two.
 * Where something was there after all, the file may be older than that, and is asked for anew.
 */
export function askAhead(source: Pick<Source, "bytes">, path: string, options: FetchOptions): Pick<Source, "bytes"> {
  let early: Promise<Uint8Array | undefined> | undefined = source.bytes(path, options);
  early.catch(() => undefined); // thrown when it is asked for
  return {
    async bytes(asked, limits) {
      if (asked === path && early !== undefined) {
        const answer = early;
        early = undefined;
        return await answer;
      }
      const bytes = await source.bytes(asked, limits);
      if (bytes !== undefined) early = undefined;
      return bytes;
    },
  };
}
