import { join } from "node:path";
import { checkout } from "../../tools/python/places.ts";

/** The commands as they are installed: bundled, without the sources' condition. For Node to run. */
export const CLIENT: string = join(checkout, "packages/client/bin/countermark.js");
export const SERVER: string = join(checkout, "packages/server/bin/countermark-server.js");
