import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What tools insist on having before they upload. It opens nothing: the gate asks for no credentials. */
const USER = "__token__";
const PASSWORD = "signed-by-countermark";
/** The name by which `poetry publish -r NAME` finds the index. */
export const POETRY_REPOSITORY = "countermark";

/** Where uploads of a signed run go. */
export interface UploadSettings extends AsyncDisposable {
  readonly settings: ReadonlyMap<string, string>;
}

/**
 * Settings by which twine, uv, poetry, pdm, flit, hatch and distutils upload to the index without a word more on their
 * command lines. distutils reads its repository from files only, so there is one, in a folder that goes with the run.
 * @param uploadUrl ends in a slash; the index's own, which goes through the gate
 * @param doorUrl the same for tools that ask no proxy
 */
export async function uploadSettings(uploadUrl: string, doorUrl: string): Promise<UploadSettings> {
  const folder = await mkdtemp(join(tmpdir(), "countermark-upload-"));
  const file = join(folder, "distutils.cfg");
  await writeFile(file, `[upload]\nrepository = ${uploadUrl.replaceAll("%", "%%")}\n`, { mode: 0o600 });
  const poetry = POETRY_REPOSITORY.toUpperCase();
  return {
    settings: new Map([
      ["TWINE_REPOSITORY_URL", uploadUrl],
      ["TWINE_USERNAME", USER],
      ["TWINE_PASSWORD", PASSWORD],
      ["TWINE_NON_INTERACTIVE", "1"],
      ["UV_PUBLISH_URL", uploadUrl],
      ["UV_PUBLISH_TOKEN", PASSWORD],
      ["UV_TRUSTED_PUBLISHING", "never"],
      [`POETRY_REPOSITORIES_${poetry}_URL`, uploadUrl],
      [`POETRY_PYPI_TOKEN_${poetry}`, PASSWORD],
      ["PDM_PUBLISH_REPO", uploadUrl],
      ["PDM_PUBLISH_USERNAME", USER],
      ["PDM_PUBLISH_PASSWORD", PASSWORD],
      ["FLIT_INDEX_URL", uploadUrl],
      ["FLIT_USERNAME", USER],
      ["FLIT_PASSWORD", PASSWORD],
      ["HATCH_INDEX_REPO", doorUrl],
      ["HATCH_INDEX_USER", USER],
      ["HATCH_INDEX_AUTH", PASSWORD],
      ["DIST_EXTRA_CONFIG", file],
    ]),
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}
