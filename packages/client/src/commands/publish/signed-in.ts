import type { IndexApi } from "../../account/index-api.ts";
import { openApi } from "../../account/open-api.ts";
import type { SignedIn } from "../../account/sign-in.ts";
import type { SigningOptions } from "../../account/key-source.ts";
import { agree } from "../../publish/carry-out.ts";
import { openSession, type OpenIndex } from "../../session.ts";

/** What a command has once its person is signed in. */
export interface SignedInAt extends SignedIn {
  readonly at: OpenIndex;
  readonly api: IndexApi;
}

/**
 * Signs a person in and lets them work; everything is closed after that.
 * @param purpose what the prompt says the passphrase is for
 * @param project whose index is meant; the first one where there is none
 */
export async function signedInAs<T>(
  options: SigningOptions,
  purpose: string,
  project: string | undefined,
  work: (who: SignedInAt) => Promise<T>,
): Promise<T> {
  const session = await openSession(options.index);
  try {
    const at = project === undefined ? session : await session.open(project);
    const api = openApi(at);
    try {
      using who = await agree(at, api, { options, purpose });
      return await work({ ...who, at, api });
    } finally {
      await api.close();
    }
  } finally {
    await session.close();
  }
}
