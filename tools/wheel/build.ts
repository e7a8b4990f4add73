/** Writes the wheel `countermark` into `dist/`; prints where it lies. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkDistribution, bytesSource } from "@countermark/packaging";
import { checkout } from "../python/places.ts";
import { makeClientWheel } from "./wheel.ts";

const { filename, bytes } = await makeClientWheel();
checkDistribution(filename, bytesSource(bytes));
const path = join(checkout, "dist", filename);
mkdirSync(join(checkout, "dist"), { recursive: true });
writeFileSync(path, bytes);
process.stdout.write(`${path}\n`);
