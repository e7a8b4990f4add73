import type { HttpSource } from "./http-source.ts";

/** Where an index's files are had from; what comes is not believed. */
export type Source = Pick<HttpSource, "bytes" | "read" | "close">;
