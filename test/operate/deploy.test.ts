/* What deploy says to systemd and to a container's builder, as far as a test can hold it without either. */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { checkout } from "../../tools/python/places.ts";
import { assignments } from "../harness/assignments.ts";
import { announcedUrl, initIndex } from "../harness/index-server.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const SYSTEMD_ANALYZE = "/usr/bin/systemd-analyze";
/** What `systemd-analyze security` gives the unit at most, of 10 (tenths). */
const EXPOSURE = 20;
const NOT_HERE = !existsSync(SYSTEMD_ANALYZE) && "systemd-analyze is not on this machine";

const deployed = (name: string): string => readFileSync(join(checkout, "deploy", name), "utf8");

test("systemd reads the unit without a complaint, and finds it closed", { skip: NOT_HERE }, async () => {
  const unit = join(sandbox.folder, "countermark-server.service");
  // The command that the guide links into /usr/local/bin is not on the machine of a test.
  writeFileSync(unit, deployed("countermark-server.service").replace("/usr/local/bin/countermark-server", "/bin/true"));
  const verified = await sandbox.run(SYSTEMD_ANALYZE, ["verify", "--man=no", unit]);
  assert.deepEqual([verified.code, verified.output], [0, ""]);
  const judged = await sandbox.run(SYSTEMD_ANALYZE, ["security", "--offline=true", `--threshold=${EXPOSURE}`, unit]);
  assert.equal(judged.code, 0, judged.output);
});

/** The words of a line of the Containerfile in JSON form, such as ENTRYPOINT. */
function words(containerfile: string, instruction: string): readonly string[] {
  const text = new RegExp(`^${instruction} (\\[.+\\])$`, "m").exec(containerfile)?.[1];
  assert.ok(text !== undefined, `no ${instruction}`);
  return JSON.parse(text) as readonly string[];
}

test("what the Containerfile copies is all that its command needs", async () => {
  const containerfile = deployed("Containerfile");
  const image = join(sandbox.folder, "image");
  mkdirSync(join(image, "opt/countermark"), { recursive: true });
  const copies = [...containerfile.matchAll(/^COPY --from=build \/opt\/countermark\/(\S+) (\S+)$/gm)];
  assert.ok(copies.length > 0);
  for (const [, from = "", to = ""] of copies) {
    const target = join(image, "opt/countermark", to.endsWith("/") ? join(to, from.split("/").at(-1) ?? "") : to);
    cpSync(join(checkout, from), target, { recursive: true });
  }
  const { data } = await initIndex(sandbox, "container");
  mkdirSync(join(image, "var/lib/countermark"), { recursive: true });
  symlinkSync(data, join(image, "var/lib/countermark/index"));
  const inside = (word: string): string =>
    word.replace(/^\/(?=opt\/|var\/)/, `${image}/`).replace("0.0.0.0:8000", "127.0.0.1:0");
  const [program = "", ...args] = [...words(containerfile, "ENTRYPOINT"), ...words(containerfile, "CMD")].map(inside);
  const settings = assignments(containerfile, "ENV ");
  const running = sandbox.start(program, args, { settings, folder: image });
  scope.after(() => running.stop());
  const url = await announcedUrl(running);
  const check = words(containerfile, "HEALTHCHECK .* CMD").map((word) => word.replace("http://127.0.0.1:8000", url));
  const healthy = await sandbox.run(check[0] ?? "", check.slice(1));
  assert.equal(healthy.code, 0, healthy.output);
  const signal = /^STOPSIGNAL (\w+)$/m.exec(containerfile)?.[1] as NodeJS.Signals;
  process.kill(running.pid, signal);
  assert.equal((await running.ended).code, 0, running.output());
});
