const SERVICE = "countermark";
const LABEL = "Countermark machine key";
/** errSecItemNotFound (-25300), as macOS's `security` ends with it. */
const MACOS_NOT_FOUND = 44;

/** How a command ended. */
export interface Outcome {
  /** What the command ended with. */
  readonly status: number;
  readonly output: Buffer;
  /** Whether it complained. */
  readonly complained: boolean;
}

/** The commands of one operating system. Secrets go through standard input and output, never through an argument. */
export interface Commands {
  readonly name: string;
  readonly hint: string;
  readonly store: (id: string, secretHex: string) => Command;
  readonly fetch: (id: string) => Command;
  readonly remove: (id: string) => Command;
  readonly notFound: (outcome: Outcome) => boolean;
}

/** A command line, and what goes into its standard input. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly input?: string;
}

/** libsecret's command: GNOME Keyring, KWallet, KeePassXC. It ends with 1, without a word, where there is nothing. */
export const SECRET_TOOL: Commands = {
  name: "the Secret Service",
  hint: "secret-tool comes with libsecret and needs a keyring that is unlocked; a sealed file with a passphrase needs neither",
  store: (id, input) => ({ command: "secret-tool", args: ["store", `--label=${LABEL}`, ...attributes(id)], input }),
  fetch: (id) => ({ command: "secret-tool", args: ["lookup", ...attributes(id)] }),
  remove: (id) => ({ command: "secret-tool", args: ["clear", ...attributes(id)] }),
  notFound: ({ status, complained }) => status === 1 && !complained,
};

/** macOS. `security -i` reads its commands, the secret within, from standard input. */
export const SECURITY: Commands = {
  name: "the macOS keychain",
  hint: "the login keychain may be locked, as it is over SSH; a sealed file with a passphrase needs none",
  store: (id, secret) => ({
    command: "security",
    args: ["-i"],
    input: `add-generic-password -U -s ${SERVICE} -a ${id} -l "${LABEL}" -w ${secret}\n`,
  }),
  fetch: (id) => ({ command: "security", args: ["find-generic-password", "-s", SERVICE, "-a", id, "-w"] }),
  remove: (id) => ({ command: "security", args: ["delete-generic-password", "-s", SERVICE, "-a", id] }),
  notFound: ({ status }) => status === MACOS_NOT_FOUND,
};

function attributes(id: string): readonly string[] {
  return ["service", SERVICE, "key", id];
}
