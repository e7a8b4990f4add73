/** Milliseconds since the epoch. Passed in wherever time matters, so that tests can sleep for a month. */
export type Clock = () => number;

/** The machine's own clock. */
export const systemClock: Clock = () => Date.now();
