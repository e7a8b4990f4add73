import type { IndexSite } from "../agent/index-site.ts";
import { UPLOAD_FOLDER } from "../agent/routes.ts";
import { UploadDoor } from "../agent/upload-door.ts";
import type { SigningOptions } from "../account/key-source.ts";
import { CollectedUploads } from "../publish/collected-uploads.ts";
import { projectOfFolder } from "../publish/own-project.ts";
import { uploadSettings } from "../run/upload-environment.ts";
import { readProject, releaseFiles } from "./publish/publish.ts";
import { say } from "./report.ts";
import { run, type RunOptions } from "./run.ts";

/** What `countermark run --sign` was asked for. */
export interface SignedRunOptions extends SigningOptions, Omit<RunOptions, "signing"> {
  /** The project that is released; the working folder's own if left out. */
  readonly project?: string;
}

/**
 * Runs a command, and signs what it uploaded when it has ended: unmodified upload tools release with one passphrase. While
 * the command runs there is no open key; whatever posts, in it or below it, is collected and shown.
 * @returns the run's exit code where that is not 0, also when anything was refused: then nothing is signed
 */
export async function runSigned(command: string, args: readonly string[], options: SignedRunOptions): Promise<number> {
  const project = options.project === undefined ? await projectOfFolder(process.cwd()) : readProject(options.project);
  await using uploads = await CollectedUploads.open(project);
  await using disposables = new AsyncDisposableStack();
  const signing = {
    uploads,
    settings: async (base: URL, site: IndexSite) => {
      const door = disposables.use(await UploadDoor.open(site));
      const upload = disposables.use(await uploadSettings(base.href + UPLOAD_FOLDER, door.url));
      return Object.fromEntries(upload.settings);
    },
  };
  const code = await run(command, args, { ...options, signing });
  const { files } = uploads;
  for (const filename of uploads.strangers) {
    say(`countermark: warning: something in the command wanted to release ${filename}; it got nothing`);
  }
  if (files.length === 0) {
    say(`countermark: the command uploaded nothing of ${project}; nothing was signed`);
    return code;
  }
  if (code !== 0) {
    say(
      `countermark: ${files.length} files were collected, and something failed; nothing was signed, nothing was sent`,
    );
    return code;
  }
  return await releaseFiles(files, { ...options, project });
}
