import type { IncomingMessage } from "node:http";

const codes = new WeakMap<IncomingMessage, string>();

/** Notes with which code a request is refused, for metrics. Codes come from the closed unions of `errors.ts` files. */
export function noteRefusal(incoming: IncomingMessage, code: string): void {
  codes.set(incoming, code);
}

/** The code with which a request was refused, where it was. */
export function refusalCode(incoming: IncomingMessage): string | undefined {
  return codes.get(incoming);
}
