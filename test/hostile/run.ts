/**
 * Sends changed uploads to an index for as long as asked:
 * `node test/hostile/run.ts [--minutes N] [--seed N]`
 *
 * A seed stands for one upload; that of one which fails is told, and the command ends with 1.
 */
import { parseArgs } from "node:util";
import { Scope } from "../harness/scope.ts";
import { Bombardment, seedsUntil } from "./bombardment.ts";
import { HostileIndex } from "./hostile-index.ts";

const REPORT_EVERY_MS = 60_000;
const MARGIN_MS = 10 * 60_000;
const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const [minutes, seed] = [Number(options.minutes), Number(options.seed)];
console.log(`seed ${seed}`);
const scope = new Scope();
try {
  const index = await HostileIndex.open(scope, minutes * 60_000 + MARGIN_MS);
  const bombardment = new Bombardment(index);
  const report = async (): Promise<void> => {
    const mebibytes = Math.round((await index.metric("resident_memory_bytes")) / 1024 / 1024);
    const outcomes = [...bombardment.outcomes].sort(([, a], [, b]) => b - a);
    const said = outcomes.map(([outcome, count]) => `${outcome} ${count}`).join(", ");
    console.log(`${bombardment.sent} uploads, ${mebibytes} MiB resident: ${said}`);
  };
  const timer = setInterval(() => void report().catch(() => undefined), REPORT_EVERY_MS);
  try {
    await bombardment.run(seedsUntil(seed, Date.now() + minutes * 60_000));
  } finally {
    clearInterval(timer);
  }
  await report();
  await index.requireSound();
  console.log("the index failed at nothing and is sound");
} finally {
  await scope.end();
}
