import type { OpenIndex } from "../session.ts";
import { keptToken } from "../verify/state/kept-token.ts";
import { IndexApi } from "./index-api.ts";

/** The API of an index that is open, read with its kept token where nobody is signed in. */
export function openApi({ repository, store, trust }: Pick<OpenIndex, "repository" | "store" | "trust">): IndexApi {
  return new IndexApi(repository.url, () => keptToken(store, repository), trust);
}
