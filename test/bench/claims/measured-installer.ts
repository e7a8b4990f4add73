import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Index } from "../../harness/index-server.ts";
import { uvPip } from "../../harness/installers.ts";
import type { Sandbox, Settings } from "../../harness/sandbox.ts";
import { CLIENT } from "../built.ts";
import type { RecordingRelay, Traffic } from "./recording-relay.ts";
import { runMeasured, type Usage } from "./run-measured.ts";

/** What an installation took, and what it fetched of metadata. */
export type Installed = Usage & Traffic;

/** Where an installer is at home, and the index that it asks. */
export interface Place {
  readonly sandbox: Sandbox;
  readonly index: Pick<Index, "fingerprint">;
  readonly relay: RecordingRelay;
  /** Name of its home. */
  readonly home: string;
  readonly settings?: Settings;
}

/** Somebody with an empty home, who installs with `countermark run -- uv pip install`. uv keeps nothing. */
export class MeasuredInstaller {
  readonly #place: Place;
  readonly #settings: Settings;
  #trusts = false;

  constructor(place: Place) {
    this.#place = place;
    this.#settings = { UV_NO_CACHE: "1", ...place.settings, ...place.sandbox.otherHome(place.home) };
  }

  /** Installs a project. The first time it trusts the index before, and what that fetches counts. */
  async install(project: string): Promise<Installed> {
    const { sandbox, relay } = this.#place;
    const target = join(sandbox.folder, "installed");
    rmSync(target, { recursive: true, force: true });
    relay.take("/");
    if (!this.#trusts) await this.#trust();
    const usage = await runMeasured(
      sandbox,
      CLIENT,
      ["run", "--", ...uvPip.command(target, [project])],
      this.#settings,
    );
    return { ...usage, ...relay.take("/tuf/") };
  }

  async #trust(): Promise<void> {
    const { sandbox, relay, index } = this.#place;
    await runMeasured(sandbox, CLIENT, ["trust", `${relay.url}/`, "--root", index.fingerprint], this.#settings);
    this.#trusts = true;
  }
}
