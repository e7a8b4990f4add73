/* Asking a person at the terminal. An entry of its own: whoever only checks keys loads none of it. */
export { askNewPassphrase } from "./prompt/new-passphrase.ts";
export { makeNewPhrase } from "./prompt/new-phrase.ts";
export { askForNewOfflineKeys, openerOf, warnOfClear, type PassphraseOptions } from "./prompt/offline-keys.ts";
export {
  askNewOwnPassphrase,
  askPassphrase,
  dollars,
  requireTerminal,
  type PassphraseSource,
} from "./prompt/passphrase.ts";
export { openTerminal, type Terminal } from "./prompt/terminal.ts";
