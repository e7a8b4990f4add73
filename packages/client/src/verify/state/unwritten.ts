import { setImmediate as endOfTurn } from "node:timers/promises";
import type { HandedOut, Inspected, ProjectRow, SeenUnder, TrustStore, Verdict } from "./trust-store.ts";

/**
 * What a session has found of one index and not yet written: each writing waits for the disk, so it is gathered. No file is
 * handed out before what was found up to then stands written ({@link Unwritten.writeTogether}); what is lost with a
 * process was given to nobody, and is found again.
 */
export class Unwritten {
  readonly #repositoryId: string;
  readonly #store: Pick<TrustStore, "remember">;
  #verdicts: Verdict[] = [];
  #floors = new Map<string, number>();
  #projects = new Map<string, ProjectRow & SeenUnder>();
  #handedOut: HandedOut[] = [];
  #inspected: Inspected[] = [];
  #writing: Promise<void> | undefined;

  constructor(repositoryId: string, store: Pick<TrustStore, "remember">) {
    this.#repositoryId = repositoryId;
    this.#store = store;
  }

  addVerdict(verdict: Verdict): void {
    this.#verdicts.push(verdict);
  }

  raiseFloor(role: string, version: number): void {
    this.#floors.set(role, version);
  }

  seeProject(name: string, row: ProjectRow & SeenUnder): void {
    this.#projects.set(name, row);
  }

  handOut(file: HandedOut): void {
    this.#handedOut.push(file);
  }

  inspect(inspected: Inspected): void {
    this.#inspected.push(inspected);
  }

  /**
   * Writes all of it to the trusted state, at once.
   * @throws ClientError `STATE_UNUSABLE`, `DISK_FULL`; then nothing was written, and the next time tries it again
   */
  write(): void {
    this.#store.remember(this.#repositoryId, {
      ...{ verdicts: this.#verdicts, floors: this.#floors, projects: this.#projects },
      ...{ handedOut: this.#handedOut, inspected: this.#inspected },
    });
    [this.#verdicts, this.#handedOut, this.#inspected] = [[], [], []];
    this.#floors = new Map();
    this.#projects = new Map();
  }

  /** The same, together with what others find in this turn: when it settles, all that was found before stands written. */
  writeTogether(): Promise<void> {
    this.#writing ??= endOfTurn().then(() => {
      this.#writing = undefined;
      this.write();
    });
    return this.#writing;
  }
}
