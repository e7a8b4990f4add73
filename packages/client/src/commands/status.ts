import { formatTime, readRoot, readTimestamp } from "@countermark/tuf";
import { findFolders } from "../config/folders.ts";
import { TrustStore } from "../verify/state/trust-store.ts";
import { print } from "./report.ts";

/** What is known of a pinned index without asking it. */
interface IndexStatus {
  readonly url: string;
  readonly fingerprint: string;
  readonly rootVersion: number;
  readonly rootExpires: string;
  readonly timestampVersion?: number;
  readonly timestampExpires?: string;
  /** Whether a read token is kept for it; the token itself is never shown. */
  readonly readToken: boolean;
}

/** Tells which indexes are trusted, from the trusted state alone. */
export function status(options: { readonly json?: boolean }): number {
  const indexes = readStatus();
  if (options.json === true) print(JSON.stringify(indexes));
  else if (indexes.length === 0) print("no index is trusted yet");
  else for (const index of indexes) print(describe(index));
  return 0;
}

function readStatus(): readonly IndexStatus[] {
  const store = TrustStore.open(findFolders().config);
  try {
    return store.repositories().map(({ id, url }) => {
      const { root, timestamp } = store.trusted(id);
      const { version, expires } = readRoot(root).signed;
      const last = timestamp === undefined ? undefined : readTimestamp(timestamp).signed;
      return {
        url,
        fingerprint: id,
        rootVersion: version,
        rootExpires: formatTime(expires),
        ...(last !== undefined && { timestampVersion: last.version, timestampExpires: formatTime(last.expires) }),
        readToken: store.readToken(id) !== undefined,
      };
    });
  } finally {
    store.close();
  }
}

function describe(index: IndexStatus): string {
  const lines = [
    index.url,
    `  fingerprint ${index.fingerprint}`,
    `  root        version ${index.rootVersion}, until ${index.rootExpires}`,
  ];
  if (index.timestampVersion !== undefined) {
    lines.push(`  last seen   timestamp ${index.timestampVersion}, good until ${String(index.timestampExpires)}`);
  }
  if (index.readToken) lines.push("  read token  kept, and sent to this index alone");
  return lines.join("\n");
}
