import { parentPort } from "node:worker_threads";
import { checkDistribution, PackagingError } from "@countermark/packaging";
import { descriptorReader } from "../storage/local/descriptor-reader.ts";
import { toRefusal, type Finding, type Job } from "./thread-messages.ts";

/* The program of a thread: one job after the other. What is no refusal ends the thread, and is the caller's to tell. */
parentPort?.on("message", (job: Job) => {
  parentPort?.postMessage(check(job));
});

function check({ filename, descriptor, size }: Job): Finding {
  try {
    const { distribution, problems } = checkDistribution(filename, descriptorReader(descriptor, size));
    return { outcome: "checked", distribution, problems: problems.map(toRefusal) };
  } catch (error) {
    if (!(error instanceof PackagingError)) throw error;
    return { outcome: "refused", refusal: toRefusal(error) };
  }
}
