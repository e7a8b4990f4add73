/*
 * What the offline machine needs: keys in files, sealed under a passphrase. An entry of its own, because the tool of that
 * machine must load nothing that could reach a network, an ssh-agent's socket included.
 */
export { IdentityError } from "./errors.ts";
export { readClearSeed, sealSeeds, SealedSeeds, type AskPassphrase, type KeptSeed } from "./offline/sealed-seeds.ts";
export type { Passphrase } from "./passphrase/derive.ts";
export { SecretBytes, wipeAfter } from "./secret/secret-bytes.ts";
export { writeSecretFile } from "./secret/write-secret-file.ts";
