import { baseUrl } from "@countermark/repository/verifying";
import { ClientError } from "../errors.ts";
import type { PinnedRepository } from "../verify/state/trust-store.ts";

/**
 * The pinned index that a command works with: the one named on the command line, else the one of the settings, else the
 * only one.
 * @throws ClientError `TRUST_MISSING`, `TRUST_AMBIGUOUS`, `USAGE`
 */
export function chooseIndex(
  pinned: readonly PinnedRepository[],
  named: string | undefined,
  settled: string | undefined,
): PinnedRepository {
  const wanted = named === undefined ? settled : readUrl(named);
  if (wanted !== undefined) {
    const found = pinned.find(({ url }) => url === wanted);
    if (found === undefined) throw untrusted(`${wanted} is not trusted yet`, wanted);
    return found;
  }
  const [first, second] = pinned;
  if (first === undefined) throw untrusted("no index is trusted yet", "URL");
  if (second === undefined) return first;
  throw new ClientError(
    "TRUST_AMBIGUOUS",
    `${pinned.length} indexes are trusted: ${pinned.map(({ url }) => url).join(", ")}`,
    {
      hint: 'name one with --index URL, or once and for all with index = "URL" in countermark.toml',
    },
  );
}

/** The base URL for what a user calls an index. */
export function readUrl(text: string): string {
  try {
    return baseUrl(text);
  } catch (cause) {
    const why = cause instanceof Error && cause.message !== "Invalid URL" ? cause.message : `${text} is not a URL`;
    throw new ClientError("USAGE", why, { hint: "an index is named as in https://index.example.org/simple/", cause });
  }
}

function untrusted(what: string, url: string): ClientError {
  return new ClientError("TRUST_MISSING", what, {
    hint: `run countermark trust ${url} --root FINGERPRINT, with a fingerprint that its operator told you`,
  });
}
