import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { checkout } from "../../tools/python/places.ts";
import { assignments } from "../harness/assignments.ts";
import { freePort } from "../harness/free-port.ts";
import { announcedUrl } from "../harness/index-server.ts";
import type { Ending, Running } from "../harness/processes.ts";
import type { Options, Sandbox } from "../harness/sandbox.ts";
import { converseIn, type Step } from "../harness/terminal/terminal.ts";

/** Folders of the guide that a test may not touch: each lies below the machine's root instead. */
const PLACES =
  /(?<![\w./-])\/(?:opt\/countermark|usr\/local\/bin|var\/lib\/countermark|var\/tmp\/wheels|etc\/countermark|etc\/systemd\/system|media\/stick|mnt\/backup)\b/g;
const SERVICE = "etc/systemd/system/countermark-server.service";
const SETTINGS = "etc/countermark/countermark-server.toml";
/** Where the guide reaches the index. */
const ADDRESS = "http://127.0.0.1:8000";
const QUIET: Ending = { code: 0, stdout: "", stderr: "", output: "" };
const SERVER_MS = 9 * 60_000;
/** The phrase as a terminal shows it. */
const SHOWN_PHRASE = "give it back to you\\.\\s+([a-z -]+)\\r";
const WORD_BACK: Step = ["Word (\\d)[^:]*: ", "\r", SHOWN_PHRASE];

const SUDO = "sudo -u countermark";

type StandIn = (words: string, line: string) => Promise<Ending> | Ending;

/**
 * An empty machine on which the guide's lines are typed. Its paths lie below a folder, its one user is also the service's,
 * and what needs root, a network or systemd has a stand-in, here and nowhere else. The rest is run by a shell as it stands.
 */
export class Machine {
  readonly root: string;
  /** The index's address; the same from one start of the service to the next. */
  url = "";
  readonly #sandbox: Sandbox;
  readonly #replaced = new Map<string, string>();
  #port = 0;
  #service: Running | undefined;
  /** What the operator wrote down when the offline keys were made. */
  #phrase = "";
  readonly #standIns: Readonly<Record<string, StandIn>>;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    this.root = join(sandbox.folder, "machine");
    for (const folder of ["usr/local/bin", "etc/systemd/system", "opt", "var/lib", "var/tmp", "mnt/backup"]) {
      mkdirSync(join(this.root, folder), { recursive: true });
    }
    this.#standIns = {
      // What is there already: this checkout, built.
      "git clone": () => {
        symlinkSync(checkout, join(this.root, "opt/countermark"));
        return QUIET;
      },
      "git -C": () => QUIET,
      make: () => QUIET,
      useradd: () => QUIET,
      install: (_, line) => this.#shell(line.replace(/-o \w+ -g \w+ /, "")),
      [`${SUDO} countermark-server init`]: (_, line) => this.#init(line),
      [`${SUDO} countermark-server ceremony`]: (_, line) =>
        this.#atTerminal(line, [["Passphrase of the offline keys[^:]*: ", `${this.#phrase}\r`]]),
      [SUDO]: (words, line) => this.#asService(line.slice(words.length).trimStart()),
      systemctl: (_, line) => this.#systemctl(line),
      "pip download": (_, line) => this.#download(line),
    };
    sandbox.scope.after(() => this.#service?.stop());
  }

  /** A word of the guide that stands for something only the reader knows. */
  replace(word: string, value: string): void {
    this.#replaced.set(word, value);
  }

  /** What `pip download` would bring; set by the test. */
  bring: (folder: string) => void = () => undefined;

  /** Types one line, and demands that it ends well. */
  async type(line: string): Promise<Ending> {
    let last = QUIET;
    for (const command of this.#here(line).split(" && ")) {
      last = await this.#one(command);
      assert.equal(last.code, 0, `${command}\n${last.output}`);
    }
    return last;
  }

  /** As systemd starts the unit: its own line, but on a port that is free. */
  async startService(): Promise<void> {
    const unit = readFileSync(join(this.root, SERVICE), "utf8");
    const command = /^ExecStart=(.+)$/m.exec(unit)?.[1];
    assert.ok(command !== undefined);
    const settings = assignments(unit, "Environment=");
    const [program = "", ...args] = this.#here(command).split(" ");
    if (this.#port === 0) this.#port = await freePort();
    const port = ["--port", String(this.#port)];
    this.#service = this.#sandbox.start(program, [...args, ...port], { settings, timeoutMs: SERVER_MS });
    this.url = await announcedUrl(this.#service);
  }

  /** As systemd stops a unit: SIGTERM, and it has time. */
  async stopService(): Promise<Ending> {
    const service = this.#service;
    assert.ok(service !== undefined);
    process.kill(service.pid, "SIGTERM");
    const ending = await service.ended;
    this.#service = undefined;
    return ending;
  }

  /** The disk is lost. */
  loseData(): void {
    rmSync(join(this.root, "var/lib/countermark"), { recursive: true });
  }

  #here(line: string): string {
    let here = line.replace(PLACES, (path) => this.root + path);
    for (const [word, value] of this.#replaced) here = here.replaceAll(word, value);
    return this.url === "" ? here : here.replaceAll(ADDRESS, this.url);
  }

  #one(command: string): Promise<Ending> | Ending {
    const standIn = Object.keys(this.#standIns).find((words) => command.startsWith(`${words} `));
    const answer = standIn === undefined ? undefined : this.#standIns[standIn];
    return standIn === undefined || answer === undefined ? this.#shell(command) : answer(standIn, command);
  }

  async #shell(line: string): Promise<Ending> {
    const ending = await this.#sandbox.run("/bin/sh", ["-c", line], this.#where());
    this.#moveIn();
    return ending;
  }

  #where(): Options {
    return { settings: { PATH: `${join(this.root, "usr/local/bin")}:${dirname(process.execPath)}:/usr/bin:/bin` } };
  }

  /** The settings name the folders of a real machine. */
  #moveIn(): void {
    const path = join(this.root, SETTINGS);
    try {
      const text = readFileSync(path, "utf8");
      const moved = text.replace(PLACES, (place) => this.root + place);
      if (moved !== text) writeFileSync(path, moved);
    } catch {
      // Not installed yet.
    }
  }

  /** The operator writes the phrase down, and types some of its words back. */
  async #init(line: string): Promise<Ending> {
    const ending = await this.#atTerminal(line, [["Press Enter", "\r"], WORD_BACK, WORD_BACK, WORD_BACK]);
    this.#phrase = new RegExp(SHOWN_PHRASE).exec(ending.output)?.[1] ?? "";
    return ending;
  }

  /** A command that asks for a passphrase has a person before it. */
  async #atTerminal(line: string, steps: readonly Step[]): Promise<Ending> {
    const command = this.#withSettings(line.slice(SUDO.length).trimStart());
    const { code, shown } = await converseIn(this.#sandbox, ["/bin/sh", "-c", command], steps, this.#where());
    return { code, stdout: shown, stderr: "", output: shown };
  }

  /** There is one user only. */
  #asService(line: string): Promise<Ending> {
    return this.#shell(this.#withSettings(line));
  }

  /** Without `--data` a command reads the settings of the machine. */
  #withSettings(line: string): string {
    const settings = `--config ${join(this.root, SETTINGS)}`;
    const quote = line.endsWith("'") ? "'" : "";
    if (!line.includes("countermark-server") || line.includes("--data")) return line;
    const redirected = / 3< \S+'$/.exec(line)?.[0] ?? quote;
    return `${line.slice(0, line.length - redirected.length)} ${settings}${redirected}`;
  }

  async #systemctl(line: string): Promise<Ending> {
    if (line.includes("enable --now") || line.includes("systemctl start")) await this.startService();
    if (line.includes("restart")) {
      assert.equal((await this.stopService()).code, 0);
      await this.startService();
    }
    return QUIET;
  }

  #download(line: string): Ending {
    const folder = /--dest (\S+)/.exec(line)?.[1] ?? "";
    mkdirSync(folder, { recursive: true });
    this.bring(folder);
    return QUIET;
  }
}
