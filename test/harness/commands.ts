import { join } from "node:path";
import { checkout } from "../../tools/python/places.ts";

/** The agent's command, as a user of a checkout runs it. */
export const countermark: string = join(checkout, "bin", "countermark");

/** The index's command, as an operator of a checkout runs it. */
export const countermarkServer: string = join(checkout, "bin", "countermark-server");
