// Keeps what Node compiles of this checkout's sources beside them, so that the next start need not do it again. Loaded by
// `bin/countermark` alone: an installed package has no folder of its own that nobody else could write.
import { enableCompileCache } from "node:module";
import { join } from "node:path";

enableCompileCache(join(import.meta.dirname, "../.cache/compiled"));
