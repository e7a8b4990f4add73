import type { IncomingMessage } from "node:http";
import type { Checker } from "../checking/checker.ts";
import type { Clock } from "../clock.ts";
import type { OpenIndex } from "../data-folder.ts";
import type { MemoryBudget } from "../http/memory-budget.ts";
import type { Publisher } from "../publisher/publisher.ts";

/** What the API works with. */
export interface ApiPorts {
  readonly index: OpenIndex;
  readonly publisher: Publisher;
  readonly checker: Checker;
  readonly clock: Clock;
  readonly memory: MemoryBudget;
  /** Base URLs under which this index is reached: statements for other addresses are worth nothing here. */
  readonly peers: () => readonly string[];
  /** Newcomers need a code from the operator. */
  readonly invitationOnly: boolean;
  /** New projects that one account may claim in a day. */
  readonly maxNewClaims: number;
  /** Who asked, for limits. */
  readonly clientOf: (incoming: IncomingMessage) => string;
}
