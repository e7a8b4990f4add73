import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { readMetadata } from "@countermark/tuf";
import type { LoopbackRepository } from "@countermark/testkit";
import { tuf } from "../../../packages/client/src/commands/tuf.ts";

/** How a run of the door ended. */
export interface Ending {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** When everything in these tests happens, unless a test says otherwise: 2030-06-01T00:00:00Z. */
export const NOW = Date.UTC(2030, 5, 1);
export const DAY = 24 * 60 * 60 * 1000;

/** One user of `countermark tuf`, with folders of their own that go when the test ends. The command runs in this process. */
export class DoorClient {
  readonly folder: string;
  readonly metadataDir: string;
  readonly targetDir: string;
  now = NOW;

  constructor(test: TestContext) {
    this.folder = mkdtempSync(join(tmpdir(), "countermark-door-"));
    test.after(() => {
      rmSync(this.folder, { recursive: true, force: true });
    });
    this.metadataDir = join(this.folder, "metadata");
    this.targetDir = join(this.folder, "targets");
    mkdirSync(this.metadataDir);
    mkdirSync(this.targetDir);
  }

  /** A client that trusts this root. */
  static async trusting(test: TestContext, root: Uint8Array): Promise<DoorClient> {
    const client = new DoorClient(test);
    const { code, err } = await client.init(root);
    assert.equal(code, 0, err);
    return client;
  }

  async init(root: Uint8Array): Promise<Ending> {
    const file = join(this.folder, "initial_root");
    writeFileSync(file, root);
    return await this.run("--metadata-dir", this.metadataDir, "init", file);
  }

  async refresh({ metadataUrl }: Pick<LoopbackRepository, "metadataUrl">): Promise<Ending> {
    return await this.run("--metadata-url", metadataUrl, "--metadata-dir", this.metadataDir, "refresh");
  }

  async download(served: LoopbackRepository, ...targets: readonly string[]): Promise<Ending> {
    return await this.run(...this.downloadArguments(served, ...targets));
  }

  downloadArguments(served: LoopbackRepository, ...targets: readonly string[]): string[] {
    const names = targets.flatMap((name) => ["--target-name", name]);
    const folders = ["--metadata-dir", this.metadataDir, "--target-dir", this.targetDir];
    return [
      ...folders,
      "--metadata-url",
      served.metadataUrl,
      "--target-base-url",
      served.targetsUrl,
      ...names,
      "download",
    ];
  }

  async run(...args: readonly string[]): Promise<Ending> {
    let [out, err] = ["", ""];
    const code = await tuf(args, { now: this.now, out: (text) => (out += text), err: (text) => (err += text) });
    return { code, out, err };
  }

  /** The bytes that the client trusts for a role. */
  trusted(role: string): Uint8Array | undefined {
    const name = `${role}.json`;
    return this.trustedFiles().includes(name) ? readFileSync(join(this.metadataDir, name)) : undefined;
  }

  /** What lies in the metadata folder under `.json`, in order. */
  trustedFiles(): string[] {
    return readdirSync(this.metadataDir)
      .filter((name) => name.endsWith(".json"))
      .sort();
  }

  /** Versions of what the client trusts, by file name without `.json`. */
  versions(): Readonly<Record<string, number>> {
    const versions = this.trustedFiles().map((name) => {
      const bytes = readFileSync(join(this.metadataDir, name));
      return [name.slice(0, -".json".length), readMetadata(bytes).signed.version];
    });
    return Object.fromEntries(versions) as Record<string, number>;
  }

  /** Downloaded files by name. */
  downloads(): Readonly<Record<string, string>> {
    const files = readdirSync(this.targetDir).map((name) => [name, readFileSync(join(this.targetDir, name), "utf8")]);
    return Object.fromEntries(files) as Record<string, string>;
  }
}
