import { parentPort, workerData } from "node:worker_threads";
import { ServerError } from "../errors.ts";
import { takeInGroup, type Group, type GroupIntake } from "./take-in-group.ts";
import { MAX_GROUPED_BYTES, type GroupAnswer } from "./thread-messages.ts";

/* The program of a thread: one group after the other. What is not about one file, nor about the system, ends the thread. */
const intake = workerData as GroupIntake;
const buffer = new Uint8Array(MAX_GROUPED_BYTES);

parentPort?.on("message", (group: Group) => {
  parentPort?.postMessage(answer(group));
});

function answer(group: Group): GroupAnswer {
  try {
    return { findings: takeInGroup(intake, group, buffer) };
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    return { failure: { code: error.code, message: error.message, hint: error.hint } };
  }
}
