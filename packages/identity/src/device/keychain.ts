import { execFile } from "node:child_process";
import { IdentityError } from "../errors.ts";
import { SecretBytes, wipeAfter } from "../secret/secret-bytes.ts";
import { SECRET_TOOL, SECURITY, type Command, type Commands, type Outcome } from "./keychain-commands.ts";

/** A place of the operating system that keeps secrets for the person who is logged in. */
export interface Keychain {
  /** For messages. */
  readonly name: string;
  /** Keeps a secret under an id of hex digits, and makes sure that it is there. The secret stays the caller's. */
  store(id: string, secret: SecretBytes): Promise<void>;
  /** `undefined` where there is none under the id. */
  fetch(id: string): Promise<SecretBytes | undefined>;
  /** Nothing where there is none. */
  remove(id: string): Promise<void>;
}

/** The person may have to unlock it first. */
const COMMAND_TIMEOUT_MS = 120_000;
const MAX_OUTPUT_BYTES = 4096;
const ID = /^[0-9a-f]{1,64}$/;
const SECRET = /^(?:[0-9a-f]{2}){1,64}$/;

/**
 * The keychain of an operating system, through its own command. Throws `IDENTITY_KEYCHAIN` where there is none that is
 * supported; its methods throw it where the command is missing or fails.
 */
export function osKeychain(platform: NodeJS.Platform = process.platform): Keychain {
  if (platform === "darwin") return new CommandKeychain(SECURITY);
  if (platform !== "win32") return new CommandKeychain(SECRET_TOOL);
  throw new IdentityError("IDENTITY_KEYCHAIN", "the keychain of Windows is not supported", {
    hint: "use a sealed file with a passphrase",
  });
}

class CommandKeychain implements Keychain {
  readonly name: string;
  readonly #commands: Commands;

  constructor(commands: Commands) {
    this.name = commands.name;
    this.#commands = commands;
  }

  async store(id: string, secret: SecretBytes): Promise<void> {
    checkId(id);
    const hex = secret.use((bytes) => bytes.toString("hex"));
    const { status } = await this.#run(this.#commands.store(id, hex));
    using stored = status === 0 ? await this.fetch(id) : undefined;
    if (stored?.use((bytes) => bytes.toString("hex")) !== hex) throw this.#failed("did not keep the secret");
  }

  async fetch(id: string): Promise<SecretBytes | undefined> {
    checkId(id);
    const outcome = await this.#run(this.#commands.fetch(id));
    return wipeAfter(outcome.output, (output) => {
      if (this.#commands.notFound(outcome)) return undefined;
      const hex = output.toString("latin1").trim();
      if (outcome.status === 0 && SECRET.test(hex)) return SecretBytes.take(Buffer.from(hex, "hex"));
      throw this.#failed("did not give the secret");
    });
  }

  async remove(id: string): Promise<void> {
    checkId(id);
    const outcome = await this.#run(this.#commands.remove(id));
    if (outcome.status !== 0 && !this.#commands.notFound(outcome)) throw this.#failed("did not remove the secret");
  }

  /** What a command complains of is not repeated: it may repeat its input. */
  #failed(what: string): IdentityError {
    return new IdentityError("IDENTITY_KEYCHAIN", `${this.name} ${what}`, { hint: this.#commands.hint });
  }

  async #run({ command, args, input = "" }: Command): Promise<Outcome> {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const options = { encoding: "buffer", timeout: COMMAND_TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES } as const;
    const child = execFile(command, args, options, (error, output, complaint) => {
      // A text as code is the system's: the command is not there, or was stopped.
      const status = typeof error?.code === "number" ? error.code : 0;
      if (error !== null && status === 0) reject(this.#failed("cannot be reached"));
      else resolve({ status, output, complained: complaint.length > 0 });
    });
    // A command that ends without reading is judged by what it ends with.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
    return await promise;
  }
}

/** An id is part of a command line. */
function checkId(id: string): void {
  if (!ID.test(id)) throw new TypeError("a keychain id is not made of hex digits");
}
