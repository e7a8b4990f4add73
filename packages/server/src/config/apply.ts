import { InvalidArgumentError, Option, type Command } from "commander";
import { dirname, resolve } from "node:path";
import { findConfiguration, refuseSetting, type Configuration } from "./file.ts";
import { sectionsOf, type Section } from "./sections.ts";

/** Options that name files or folders: in a file they are taken from that file's folder. */
const PATHS = new Set(["tls-cert", "tls-key"]);

/** Gives every command that knows a data folder a `--config`, and fills in from the file what no flag says. */
export function addConfiguration(program: Command): void {
  for (const command of commandsBelow(program)) {
    if (!command.options.some(({ long }) => long === "--data")) continue;
    command.addOption(
      new Option(
        "--config <file>",
        "settings (default: countermark-server.toml in the data folder or /etc/countermark)",
      ),
    );
  }
  program.hook("preAction", (_, command) => {
    if (command.options.some(({ long }) => long === "--data")) configure(program, command);
  });
}

function* commandsBelow(command: Command): Iterable<Command> {
  for (const one of command.commands) {
    yield one;
    yield* commandsBelow(one);
  }
}

/**
 * Flags win over the file. Strict: a key that no flag has is refused, in whatever table it stands, since it may be one
 * that was meant to protect.
 * @throws ServerError `CONFIGURATION`
 */
function configure(program: Command, command: Command): void {
  const { config, data } = command.opts<{ config?: string; data?: string }>();
  const found = findConfiguration(config, data);
  if (found !== undefined) {
    const sections = sectionsOf(program);
    checkKeys(found, sections);
    if (data === undefined) command.setOptionValueWithSource("data", found.data, "config");
    else if (config === undefined && found.data !== undefined && found.data !== resolve(data)) {
      throw refuseSetting(found.path, `it lies in the data folder ${data} and names another, ${found.data}`);
    }
    if (command.parent === program) fillIn(command, found, sections.get(command.name()) ?? new Map());
  }
  if (command.opts<{ data?: string }>().data === undefined) {
    command.error("error: required option '--data <folder>' not specified, in no configuration file either");
  }
}

function checkKeys({ path, tables }: Configuration, sections: ReadonlyMap<string, Section>): void {
  for (const [name, table] of tables) {
    const section = sections.get(name);
    if (section === undefined) throw refuseSetting(path, misplaced(name, sections));
    if (!isTable(table)) throw refuseSetting(path, `${name} must be a table: [${name}]`);
    for (const key of Object.keys(table)) {
      if (!section.has(key)) throw refuseSetting(path, `[${name}] has no setting ${JSON.stringify(key)}`);
    }
  }
}

/** What stands where no setting is. That of a table is told where it belongs: a file begins outside of all tables. */
function misplaced(name: string, sections: ReadonlyMap<string, Section>): string {
  const [table] = [...sections].find(([, section]) => section.has(name)) ?? [];
  const place = table === undefined ? "" : ` outside of a table; it belongs below [${table}]`;
  return `there is no setting ${JSON.stringify(name)}${place}`;
}

function fillIn(command: Command, { path, tables }: Configuration, section: Section): void {
  const table = tables.get(command.name());
  if (!isTable(table)) return;
  for (const [key, value] of Object.entries(table)) {
    const option = section.get(key);
    if (option === undefined) continue;
    const name = option.attributeName();
    if (["cli", "env"].includes(command.getOptionValueSource(name) ?? "")) continue;
    try {
      command.setOptionValueWithSource(
        name,
        valueOf(option, PATHS.has(key) ? fromFolder(path, value) : value),
        "config",
      );
    } catch (error) {
      const why = error instanceof InvalidArgumentError || error instanceof TypeError ? error.message : undefined;
      if (why === undefined) throw error;
      throw refuseSetting(path, `${key} in [${command.name()}]: ${why}`, error);
    }
  }
}

/** What the flag would have made of the same text; a flag that may be repeated takes a list. */
function valueOf(option: Option, value: unknown): unknown {
  if (option.isBoolean() || (!option.required && !option.optional)) {
    if (typeof value !== "boolean") throw new TypeError("must be true or false");
    return option.negate ? !value : value;
  }
  const texts = (Array.isArray(value) ? value : [value]).map(textOf);
  if (texts.length !== 1 && !option.variadic) throw new TypeError("takes one value");
  let read: unknown;
  for (const text of texts) read = option.parseArg === undefined ? text : option.parseArg(text, read);
  return read;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  throw new TypeError("must be a text or a number");
}

function fromFolder(path: string, value: unknown): unknown {
  return typeof value === "string" ? resolve(dirname(path), value) : value;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
