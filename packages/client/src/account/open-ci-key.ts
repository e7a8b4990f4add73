import { openSync } from "node:fs";
import { identityOfCiKey, readCiLimits, readSecretDescriptor } from "@countermark/identity";
import { ClientError, systemCode } from "../errors.ts";
import type { SigningOptions } from "./key-source.ts";
import { signedIn, type SignedIn } from "./sign-in.ts";

const MAX_CI_KEY_BYTES = 4096;

/**
 * The identity and account of a CI key, where the command line names one. There is nobody to ask: a job that holds the key
 * has agreed. Whoever opened it closes it.
 * @throws ClientError `KEY_MISSING`; IdentityError
 */
export async function openCiKey({ ciKey, ciKeyFd }: SigningOptions): Promise<SignedIn | undefined> {
  const descriptor = ciKeyFd ?? (ciKey === undefined ? undefined : openFile(ciKey));
  if (descriptor === undefined) return undefined;
  const file = await readSecretDescriptor(descriptor, MAX_CI_KEY_BYTES);
  try {
    const { account } = readCiLimits(file);
    const identity = identityOfCiKey(file, () => Date.now());
    return signedIn({ name: account, generation: 1, source: { kind: "phrase" } }, identity);
  } finally {
    file.fill(0);
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw new ClientError("KEY_MISSING", `${path} cannot be read (${systemCode(cause) ?? "failed"})`, { cause });
  }
}
