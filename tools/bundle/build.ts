/** Bundles the commands `countermark` and `countermark-server`: `npm run build` does. */
import { writeBundles } from "./write.ts";

await writeBundles();
