/**
 * Loaded before a test file that generates its inputs (fast-check): the same inputs on every run, so that a run says
 * something about the change before it and nothing about luck. `--any-seed` of run.ts leaves them to chance.
 */
import fc from "fast-check";

fc.configureGlobal({ seed: 20140513 });
