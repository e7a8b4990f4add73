/** Everything of the API lies below this folder of the base URL. */
export const API_FOLDER = "api/v1/";

const at = (...parts: readonly string[]): string => API_FOLDER + parts.map(encodeURIComponent).join("/");

/** Addresses of the API, below the base URL. docs/spec/publishing.md says what each takes and gives. */
export const apiPaths = {
  challenges: at("challenges"),
  accounts: at("accounts"),
  sessions: at("sessions"),
  account: (account: string): string => at("accounts", account),
  accountKeys: (account: string): string => at("accounts", account, "keys"),
  accountRevocations: (account: string): string => at("accounts", account, "revocations"),
  tokens: at("tokens"),
  token: (id: string): string => at("tokens", id),
  project: (project: string): string => at("projects", project),
  transactions: (project: string): string => at("projects", project, "transactions"),
  transaction: (project: string, id: string): string => at("projects", project, "transactions", id),
  transactionFile: (project: string, id: string, filename: string): string =>
    at("projects", project, "transactions", id, "files", filename),
  commit: (project: string, id: string): string => at("projects", project, "transactions", id, "commit"),
  staged: (project: string): string => at("projects", project, "staged"),
  stagedFile: (project: string, filename: string): string => at("projects", project, "staged", filename),
  joins: (project: string): string => at("projects", project, "joins"),
} as const;
