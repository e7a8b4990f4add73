/** Where a command leaves its exit code. */
export type Finish = (code: number) => void;
