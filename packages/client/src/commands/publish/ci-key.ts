import { randomBytes } from "node:crypto";
import { openSync, writeSync, closeSync } from "node:fs";
import { identityOfCiKey, makeCiKey, MAX_CI_KEY_DAYS, type CiKey } from "@countermark/identity";
import { openApi } from "../../account/open-api.ts";
import type { SigningOptions } from "../../account/key-source.ts";
import { enrol } from "../../account/sign-in.ts";
import { ClientError, systemCode } from "../../errors.ts";
import { openSession, type OpenIndex } from "../../session.ts";
import { print, say } from "../report.ts";
import { changeKeys, signedProject } from "./project.ts";
import { readProject } from "./publish.ts";

/** What `project ci-key` was asked for. */
export interface CiKeyOptions extends SigningOptions {
  readonly days?: number;
  /** Where the key's file goes; it must not be there. Standard output if left out. */
  readonly out?: string;
  readonly invitation?: string;
}

/**
 * Makes a key for a project's CI: an account of its own, which can admit nobody to this one, and a releaser of the one
 * project until it ends. The file goes to the CI system's secret store.
 */
export async function ciKey(name: string, options: CiKeyOptions): Promise<number> {
  const project = readProject(name);
  const { days = MAX_CI_KEY_DAYS } = options;
  const session = await openSession(options.index);
  let made: CiKey;
  try {
    const at = await session.open(project);
    await signedProject(at, project);
    made = makeCiKey({ repository: at.repository.id, account: accountName(project) }, project, days, Date.now());
    await enrolCi(made, at, options.invitation);
  } finally {
    await session.close();
  }
  using file = made.file;
  const { limits, publicKeys } = made;
  const newKey = { key: publicKeys.release, person: limits.account, ciUntil: limits.expires };
  const code = await changeKeys(project, options, `to let a CI key release ${project} for ${days} days`, {
    addReleasers: [newKey],
  });
  file.use((bytes) => write(bytes, options.out));
  say(`countermark: put that file into the secret store of your CI: countermark publish dist/* --ci-key-fd 3`);
  return code;
}

/** The person's account is not the key's: a thief of the key must not be able to let others into it. */
function accountName(project: string): string {
  return `ci.${project.slice(0, 40).replace(/-+$/, "")}.${randomBytes(5).toString("hex")}`;
}

async function enrolCi({ file, limits }: CiKey, at: OpenIndex, invitation?: string): Promise<void> {
  const api = openApi(at);
  try {
    using identity = file.use((bytes) => identityOfCiKey(bytes, () => Date.now()));
    const account = { name: limits.account, generation: 1, source: { kind: "phrase" } } as const;
    await enrol(api, at.repository, account, identity, invitation);
  } finally {
    await api.close();
  }
}

function write(bytes: Buffer, out: string | undefined): void {
  if (out === undefined) {
    print(bytes.toString("ascii").trimEnd());
    return;
  }
  try {
    const descriptor = openSync(out, "wx", 0o600);
    writeSync(descriptor, bytes);
    closeSync(descriptor);
  } catch (cause) {
    throw new ClientError("KEY_MISSING", `${out} cannot be written (${systemCode(cause) ?? "failed"})`, {
      hint: "the key is a releaser already: remove it, or make another with a name that is free",
      cause,
    });
  }
}
