/**
 * Floor lines that this release of the client carries, by repository id: for installers that have seen nothing of an index
 * yet. Made anew for each release with `countermark floor`; empty as long as no public index is released for.
 */
export const RELEASE_FLOORS: ReadonlyMap<string, string> = new Map();
