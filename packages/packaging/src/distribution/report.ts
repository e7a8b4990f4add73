import { PackagingError } from "../errors.ts";

/** Most problems that a check collects; behind them it goes on without. */
export const MAX_PROBLEMS = 100;

/** Takes note of a problem that does not keep the rest from being checked. */
export type Report = (problem: PackagingError) => void;

/** Runs a step whose refusal is one problem among others. What is no {@link PackagingError} is thrown on. */
export function attempt(report: Report, step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof PackagingError)) throw error;
    report(error);
  }
}

/** A list that fills itself, up to {@link MAX_PROBLEMS}. */
export function collectProblems(): { problems: readonly PackagingError[]; report: Report } {
  const problems: PackagingError[] = [];
  const report: Report = (problem) => {
    if (problems.length < MAX_PROBLEMS) problems.push(problem);
  };
  return { problems, report };
}
