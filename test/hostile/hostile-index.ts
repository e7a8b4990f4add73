import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { encodeForm, partsFor, post } from "../../packages/server/test/upload/form.ts";
import { checkout } from "../../tools/python/places.ts";
import { countermarkServer } from "../harness/commands.ts";
import { makeWheel } from "../harness/distributions/distributions.ts";
import { initIndex, serve, type Index } from "../harness/index-server.ts";
import type { Running } from "../harness/processes.ts";
import { openSandbox, type Sandbox } from "../harness/sandbox.ts";
import type { Scope } from "../harness/scope.ts";

/**
 * Resident memory of the process that no test may bring it above: generous, since Node collects garbage late where there is
 * room. Without limits the clients here could make it hold gigabytes.
 */
export const MAX_RESIDENT_BYTES = 640 * 1024 * 1024;

/** An index as its own process, with an account that may upload, which others treat badly. */
export class HostileIndex {
  readonly sandbox: Sandbox;
  readonly index: Index;
  readonly url: string;
  readonly process: Running;
  /** Of the account `ann`. */
  readonly token: string;
  #controls = 0;

  private constructor(sandbox: Sandbox, index: Index, url: string, process: Running, token: string) {
    this.sandbox = sandbox;
    this.index = index;
    this.url = url;
    this.process = process;
    this.token = token;
  }

  static async open(scope: Scope, timeoutMs: number): Promise<HostileIndex> {
    const sandbox = await openSandbox(scope);
    const index = await initIndex(sandbox);
    const operate = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, output } = await sandbox.run(countermarkServer, [...args, "--data", index.data]);
      assert.equal(code, 0, output);
      return stdout.trim();
    };
    await operate("account", "add", "ann");
    const token = /\bcm_\S+/.exec(await operate("token", "create", "ann"))?.[0];
    assert.ok(token !== undefined, "the token is printed");
    const { url, process } = await serve(sandbox, index, 0, { timeoutMs });
    return new HostileIndex(sandbox, index, url, process, token);
  }

  get authorization(): string {
    return `Basic ${Buffer.from(`__token__:${this.token}`).toString("base64")}`;
  }

  /** That an honest upload is taken: the control, during and after. */
  async takesHonestUploads(): Promise<void> {
    this.#controls += 1;
    const file = makeWheel({ name: "honest", version: `1.${this.#controls}` });
    const { status, reason } = await post(this.url, encodeForm(partsFor(file)), { authorization: this.authorization });
    assert.equal(status, 200, `an honest upload: ${reason}`);
  }

  /** One of the numbers that the index measures itself by. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/-/metrics`)).text();
    return Number(new RegExp(`^countermark_${name} (\\S+)$`, "m").exec(text)?.[1] ?? NaN);
  }

  async requireBounded(): Promise<void> {
    const resident = await this.metric("resident_memory_bytes");
    assert.ok(resident < MAX_RESIDENT_BYTES, `the process has ${Math.round(resident / 1024 / 1024)} MiB`);
  }

  /** What must hold after whatever was done to it: it runs, failed at nothing, kept nothing half, and is sound. */
  async requireSound(): Promise<void> {
    assert.ok(this.process.isRunning(), this.process.output().slice(-2000));
    await this.takesHonestUploads();
    const failures = this.process
      .output()
      .split("\n")
      .filter((line) => /"level":[56]0/.test(line));
    assert.deepEqual(failures, [], "the index failed at something");
    await this.requireBounded();
    const { code, output } = await this.process.stop();
    assert.equal(code, 0, output);
    const staging = join(this.index.data, "blobs", "staging");
    const left = readdirSync(staging).flatMap((owner) => readdirSync(join(staging, owner)));
    assert.deepEqual(left, [], "something was left in staging");
    const fsck = ["fsck", "--data", this.index.data, "--root", this.index.fingerprint];
    const checked = await this.sandbox.run(countermarkServer, fsck, { timeoutMs: 10 * 60_000 });
    assert.equal(checked.code, 0, checked.output);
  }
}

/** Every code that the documentation lists. */
export const DOCUMENTED_CODES: ReadonlySet<string> = new Set(
  [...readFileSync(join(checkout, "docs", "errors.md"), "utf8").matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(
    ([, code = ""]) => code,
  ),
);
