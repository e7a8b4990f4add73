/**
 * `make demo`: an index with real packages, installed with unmodified pip and uv through the agent, and attacks that plain
 * pip falls for, the last of them with the index's own keys. Everything happens in `.demo`, or in the folder that is named; nothing is left running.
 */
import { join } from "node:path";
import { Scope } from "../../test/harness/scope.ts";
import { SetUpError } from "../python/errors.ts";
import { checkout } from "../python/places.ts";
import { Screen } from "./screen.ts";
import { Stage, StoryError } from "./stage.ts";
import {
  addAVersion,
  aDeveloperSigns,
  askWhy,
  installAsAlways,
  makeAnIndex,
  replaceAWheel,
  replayThePast,
  stealTheIndex,
  whatNext,
} from "./story.ts";

/** Made anew each time, and left for the reader to look at. */
const folder = process.argv[2] ?? join(checkout, ".demo");
const scope = new Scope();
const screen = new Screen();
try {
  screen.title("Countermark: a Python package index whose every install is verified");
  screen.say("All of this happens in the folder .demo, with settings of its own. Nothing else of yours is touched.");
  const stage = await Stage.setUp(screen, scope, folder);
  const index = await makeAnIndex(stage);
  await installAsAlways(stage, index);
  await askWhy(stage);
  await replaceAWheel(stage, index);
  await addAVersion(stage, index);
  await replayThePast(stage, index);
  await aDeveloperSigns(stage, index);
  await stealTheIndex(stage, index);
  whatNext(stage, index);
} catch (error) {
  if (error instanceof SetUpError) {
    process.stderr.write(`error: ${error.message}\n\nhint: ${error.hint}\n`);
    process.exitCode = 69;
  } else if (error instanceof StoryError) {
    process.stderr.write(`error: the demo did not go as it should: ${error.message}\n`);
    process.exitCode = 1;
  } else throw error;
} finally {
  await scope.end();
}
