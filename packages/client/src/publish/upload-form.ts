import { compareVersions, isVersion, normaliseName, parseVersion } from "@countermark/packaging";
import { ClientError } from "../errors.ts";
import type { PreparedFile } from "./prepared-file.ts";
import type { UploadFields } from "./collected-uploads.ts";

/**
 * Refuses a form that says something else than the file: what is signed is the file, and whoever reads the tool's own
 * output must have read of the same one. Fields that a tool leaves out or empty say nothing.
 * @throws ClientError `DIST_DIFFERS`
 */
export function requireHonestForm(fields: UploadFields, file: PreparedFile): void {
  const said = (name: string): string | undefined => {
    const value = fields.get(name)?.[0];
    return value === "" ? undefined : value;
  };
  const [name, version, digest] = [said("name"), said("version"), said("sha256_digest")];
  if (name !== undefined && normaliseName(name) !== file.project) throw differs(file, "name");
  if (version !== undefined && !sameVersion(version, file.version)) throw differs(file, "version");
  if (digest !== undefined && digest.toLowerCase() !== file.sha256) throw differs(file, "SHA-256");
}

/** Versions are compared, not spellings: tools write 1.0 and 1.0.0, and old setuptools what was typed. */
function sameVersion(said: string, found: string): boolean {
  return isVersion(said) && compareVersions(parseVersion(said), parseVersion(found)) === 0;
}

function differs({ filename }: PreparedFile, what: string): ClientError {
  return new ClientError("DIST_DIFFERS", `${filename} is not of the ${what} that its upload states`, {
    hint: "nothing was signed; build and upload it anew",
  });
}
