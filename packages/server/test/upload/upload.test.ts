import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:net";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { makeSdist, makeWheel, sha256 } from "../../../../test/harness/distributions/distributions.ts";
import { Scope } from "../../../../test/harness/scope.ts";
import { statusPayload, type StatusChange } from "@countermark/repository";
import { changeIndex } from "../../src/changes/apply.ts";
import { issueToken } from "../../src/accounts/issue.ts";
import type { TokenScope } from "../../src/accounts/account-store.ts";
import { DEFAULT_UPLOAD_LIMITS, MAX_FIELD_BYTES, MAX_FORM_BYTES } from "../../src/upload/limits.ts";
import { NOW } from "../fixtures.ts";
import { ask, testIndex, type Answer, type TestIndex } from "../serving.ts";
import { BOUNDARY, encodeForm, partsFor, post, type Part } from "./form.ts";

const scope = new Scope();
let index: TestIndex;
let url: string;
let ann: string;
let bob: string;

before(async () => {
  index = await testIndex(scope);
  await index.import([makeWheel({ name: "imported", version: "1.0" })]);
  for (const name of ["ann", "bob"]) await index.index.accounts.addAccount({ name, at: NOW });
  [ann, bob] = [await token("ann"), await token("bob")];
  ({ url } = await index.serve({ fileBytes: 300_000, projectBytes: 500_000, fields: 200 }));
});
after(() => scope.end());

async function token(account: string, projects?: readonly string[], scopes: readonly TokenScope[] = ["upload"]) {
  const request = { account, label: "", scopes, projects, days: 30 };
  return (await issueToken(index.index.accounts, request, NOW))?.secret ?? "";
}

const basic = (secret: string) => ({ authorization: `Basic ${Buffer.from(`__token__:${secret}`).toString("base64")}` });
const send = (parts: readonly Part[], secret = ann, more: Record<string, string> = {}): Promise<Answer> =>
  post(url, encodeForm(parts), { ...basic(secret), ...more });

/** Refused: with status and code, the same sentence in reason phrase and body, and without a trace. */
async function assertRefused(answer: Promise<Answer>, status: number, reason: RegExp): Promise<void> {
  const found = await answer;
  assert.equal(found.status, status, `${found.reason} ${found.body.toString()}`);
  assert.match(found.reason, reason);
  assert.equal(found.headers["content-type"], "text/plain; charset=utf-8");
  assert.ok(found.body.toString().startsWith(found.reason));
  assertNothingStaged();
}

function assertNothingStaged(): void {
  const staging = join(index.data, "blobs", "staging");
  for (const owner of readdirSync(staging)) assert.deepEqual(readdirSync(join(staging, owner)), []);
}

test("an upload is on the page when it is answered; the same file again is fine", async () => {
  const file = makeWheel({ name: "first", version: "1.0", requires: ["click"] });
  for (const outcome of ["published", "known"]) {
    const { status, body } = await send(partsFor(file));
    assert.deepEqual([status, body.toString()], [200, `${file.filename}: ${outcome}\n`]);
  }
  const page = await ask(url, "/simple/first/", { accept: "application/vnd.pypi.simple.v1+json" });
  const { files } = JSON.parse(page.body.toString()) as { files: { filename: string; hashes: unknown }[] };
  assert.deepEqual(files[0]?.hashes, { sha256: sha256(file.bytes) });
  assert.deepEqual(await index.index.accounts.members("first"), [
    { project: "first", account: "ann", role: "owner", since: NOW },
  ]);
  const [entry] = await index.index.audit.entries({ subject: "first", limit: 10 });
  assert.deepEqual([entry?.actor, entry?.action], ["ann", "project.found"]);
  assertNothingStaged();
});

test("whatever known tools do: no slash, Bearer, content in the middle, no types, a preamble, empty fields", async () => {
  const file = makeSdist({ name: "oddities", version: "1.0" });
  const parts = partsFor(file, {
    pyversion: "",
    metadata_version: "1.0",
    author: "UNKNOWN",
    home_page: "",
    comment: "",
  });
  const [content] = parts.slice(-1);
  assert.ok(content);
  const middle = [...parts.slice(0, 4), content, ...parts.slice(4, -1)];
  const body = Buffer.concat([Buffer.from("\r\n"), encodeForm(middle)]);
  const answer = await post(url, body, { authorization: `Bearer ${ann}` }, "/legacy");
  assert.equal(answer.status, 200, answer.reason);
  const signature = { name: "gpg_signature", value: "-----", filename: `${file.filename}.asc` };
  assert.equal((await send([...partsFor(file, { attestations: "[]" }), signature])).status, 200);
  const digests = {
    md5_digest: createHash("md5").update(file.bytes).digest("hex"),
    sha256_digest: undefined,
    blake2_256_digest: undefined,
  };
  assert.equal((await send(partsFor(file, digests))).status, 200);
});

test("without a living upload token nothing is read", async () => {
  const parts = partsFor(makeWheel({ name: "nobody", version: "1.0" }));
  const form = encodeForm(parts);
  await assertRefused(post(url, form), 403, /^this index takes uploads with a token only$/);
  await assertRefused(post(url, form, { authorization: "Basic Og==" }), 403, /with a token only$/);
  await assertRefused(send(parts, "wrong"), 403, /^the token is not known here/);
  await assertRefused(send(parts, await token("ann", undefined, ["read"])), 403, /not for uploading$/);
  await assertRefused(send(parts, await token("ann", ["other"])), 403, /not for the project nobody$/);
  const slow = connect(Number(new URL(url).port), "127.0.0.1");
  slow.write("POST /legacy/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
  const [first] = (await once(slow, "data")) as [Buffer];
  assert.match(first.toString(), /^HTTP\/1\.1 403 /, "answered before the body came");
  slow.destroy();
});

test("others' projects are theirs: a stranger is refused, a member is not, an imported one is nobody's to take", async () => {
  await send(partsFor(makeWheel({ name: "shared", version: "1.0" })));
  const next = partsFor(makeWheel({ name: "shared", version: "1.1" }));
  await assertRefused(send(next, bob), 403, /^bob is no member of the project shared$/);
  await index.index.accounts.setMember({ project: "shared", account: "bob", role: "maintainer", since: NOW });
  assert.equal((await send(next, bob)).status, 200);
  const other = partsFor(makeWheel({ name: "imported", version: "1.1" }));
  await assertRefused(send(other), 403, /^ann is no member of the project imported$/);
});

test("a name means one content for ever, also under another spelling", async () => {
  const file = makeWheel({ name: "fixed", version: "1.0" });
  await send(partsFor(file));
  const other = { ...makeWheel({ name: "fixed", version: "1.0", source: "print('other')" }), filename: file.filename };
  await assertRefused(send(partsFor(other)), 400, /^File already exists: fixed-1\.0-py3-none-any\.whl is here with/);
});

test("a project that is archived, quarantined or withdrawn takes no new file (PEP 792); a deprecated one does", async () => {
  const at = index.clock.now;
  const say = (change: StatusChange) =>
    changeIndex(
      index.data,
      "operator",
      () => at,
      async () => Promise.resolve({ kind: "status", project: "closing", payload: statusPayload(change) }),
    );
  const mark = (status: "active" | "archived" | "deprecated" | "quarantined") =>
    say({ action: "mark", status, reason: "" });
  const there = makeWheel({ name: "closing", version: "1.0" });
  assert.equal((await send(partsFor(there))).status, 200);
  const next = (version: string) => partsFor(makeWheel({ name: "closing", version }));
  const project = { subject: "project", reason: "" } as const;
  for (const [close, open] of [
    [() => mark("archived"), () => mark("active")],
    [() => mark("quarantined"), () => mark("active")],
    [() => say({ action: "withdraw", ...project }), () => say({ action: "restore", ...project })],
  ] as const) {
    await close();
    await assertRefused(
      send(next("2.0")),
      400,
      /^closing is (archived|quarantined|withdrawn) here and takes no new files$/,
    );
    assert.equal((await send(partsFor(there))).body.toString(), `${there.filename}: known\n`);
    await open();
  }
  await mark("deprecated");
  assert.equal((await send(next("2.0"))).status, 200);
});

test("what is not right is refused by name, with code and sentence for machines and people", async () => {
  const file = makeWheel({ name: "wrong", version: "1.0" });
  const refused = (changes: Record<string, string | undefined>, reason: RegExp) =>
    assertRefused(send(partsFor(file, changes)), 400, reason);
  await refused({ sha256_digest: "0".repeat(64) }, /^the SHA-256 digest of the form is not that of the file$/);
  await refused({ name: "another" }, /^the form says name "another"/);
  await refused({ requires_dist: "evil" }, /^the form says requires_dist "evil"/);
  await refused({ ":action": "submit" }, /^the upload form is malformed: :action is "submit"/);
  const broken = { ...file, bytes: file.bytes.subarray(0, -10) };
  await assertRefused(send(partsFor(broken)), 400, /zip|ZIP|archive|file/);
  const unlisted = makeWheel({ name: "wrong", version: "1.0" });
  const renamed = { bytes: unlisted.bytes, filename: "wrong-2.0-py3-none-any.whl" };
  await assertRefused(send(partsFor(renamed)), 400, /of another project or version/);
  const json = await send(partsFor(file, { name: "another" }), ann, {
    accept: "application/json;q=0.9, text/plain;q=0.8",
  });
  assert.equal(json.headers["content-type"], "application/json");
  const told = JSON.parse(json.body.toString()) as Record<string, string>;
  assert.deepEqual([told["error"], told["code"]?.startsWith("400 the form says")], ["UPLOAD_MISMATCH", true]);
  assert.equal(await index.index.store.visibleFiles("wrong"), undefined);
  assert.deepEqual(await index.index.accounts.members("wrong"), [], "a refused upload does not take a name");
});

test("refusals are counted by their code", async () => {
  const counted = async (code: string): Promise<number> => {
    const metrics = (await ask(url, "/-/metrics")).body.toString();
    return Number(new RegExp(`^countermark_refusals_total\\{code="${code}"\\} (\\d+)$`, "m").exec(metrics)?.[1] ?? 0);
  };
  const file = makeWheel({ name: "counted", version: "1.0" });
  const codes = ["UPLOAD_CREDENTIALS", "FILE_EXISTS"];
  const before = await Promise.all(codes.map(counted));
  await send(partsFor(file), "cm_nobody");
  assert.equal((await send(partsFor(file))).status, 200, "what is taken is no refusal");
  await send(partsFor(makeWheel({ name: "counted", version: "1.0", source: "1" })));
  assert.deepEqual(
    await Promise.all(codes.map(counted)),
    before.map((count) => count + 1),
  );
});

test("limits: a file, a project, fields, and their lengths", async () => {
  const filler = (length: number): [string, Buffer] => ["data.bin", Buffer.from(noise(length))];
  const large = makeWheel({ name: "large", version: "1.0", extra: [filler(310_000)] });
  await assertRefused(send(partsFor(large)), 400, /^the file has more than 300000 bytes/);
  const half = (version: string) => partsFor(makeWheel({ name: "room", version, extra: [filler(280_000)] }));
  assert.equal((await send(half("1.0"))).status, 200);
  await assertRefused(send(half("1.1")), 400, /^room would have more than 500000 bytes$/);
  const small = partsFor(makeWheel({ name: "small", version: "1.0" }));
  const many = Array.from({ length: 10_000 }, (_, at) => ({ name: `f${at}`, value: "" }));
  await assertRefused(send([...many, ...small]), 400, /more (fields|parts) than/);
  const huge = { name: "description", value: "x".repeat(MAX_FIELD_BYTES + 1) };
  await assertRefused(send([huge, ...small]), 400, /too long$|larger than any/);
  const both = [0, 1, 2].map(() => ({ name: "description", value: "x".repeat(MAX_FORM_BYTES / 2 - 1000) }));
  await assertRefused(send([...both, ...small]), 400, /too long$|larger than any/);
  assert.equal(DEFAULT_UPLOAD_LIMITS.fileBytes, 100 * 1024 * 1024);
});

/** Bytes that do not compress. */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0, state = 1; at < length; at += 1) {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

test("multipart attacks", async () => {
  const file = makeWheel({ name: "attack", version: "1.0" });
  const parts = partsFor(file);
  const content = parts.at(-1);
  assert.ok(content);
  const refused = (body: Buffer, reason: RegExp, more: Record<string, string> = {}) =>
    assertRefused(post(url, body, { ...basic(ann), ...more }), 400, reason);
  const form = encodeForm(parts);
  await refused(encodeForm([...parts, content]), /content stands in it twice|more files/);
  await refused(encodeForm(parts.slice(0, -1)), /no file in the field content$/);
  await refused(encodeForm([...parts.slice(0, -1), { name: "content", value: "x" }]), /content is no file$/);
  await refused(encodeForm([{ name: "name", value: "x", filename: "x" }, ...parts]), /"name" is a file$/);
  await refused(encodeForm([{ name: "x".repeat(500), value: "x" }, ...parts]), /no usable name|malformed/);
  await refused(form.subarray(0, -20), /malformed/);
  await refused(Buffer.alloc(0), /malformed/);
  await refused(Buffer.from("x".repeat(100_000)), /malformed/);
  await refused(form, /not multipart/, { "content-type": "application/json" });
  await refused(form, /malformed/, { "content-type": "multipart/form-data" });
  await refused(form, /malformed/, { "content-type": `multipart/form-data; boundary=${"b".repeat(3000)}` });
  const nested = { name: "content", value: "x", filename: file.filename, headers: ["Content-Type: multipart/mixed"] };
  await refused(encodeForm([...parts.slice(0, -1), nested]), /content has the type "multipart\/mixed"/);
  const headers = Array.from({ length: 500 }, (_, at) => `X-${at}: ${"y".repeat(100)}`);
  for (const filename of [
    "../../x-1.0-py3-none-any.whl",
    "x-1.0-py3-none-any.whl\u202e",
    "C:\\x-1.0.tar.gz",
    "x\0.whl",
  ]) {
    await refused(encodeForm([...parts.slice(0, -1), { ...content, filename }]), /^not the name of a distribution/);
  }
  assert.equal(await index.index.store.visibleFiles("attack"), undefined);
  assert.equal((await post(url, form, basic(ann))).status, 200, "the control: the same form as it should be");
  const heady = encodeForm([{ name: "a", value: "b", headers }, ...parts]);
  assert.equal((await post(url, heady, basic(ann))).status, 200, "headers that mean nothing are not kept");
});

test("a request that could be read as two is cut off, and what follows it is no request", async () => {
  const smuggled = async (headers: string): Promise<string> => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    let answered = "";
    socket.on("data", (chunk: Buffer) => (answered += chunk.toString("latin1")));
    socket.on("error", () => undefined);
    socket.write(
      `POST /legacy/ HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n0\r\n\r\nGET /simple/first/ HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    socket.setTimeout(3000, () => socket.destroy());
    await once(socket, "close");
    return answered;
  };
  for (const headers of [
    `Content-Length: 6\r\nTransfer-Encoding: chunked`,
    `Content-Length: 6\r\nContent-Length: 7`,
    `Transfer-Encoding: chunked\r\nTransfer-Encoding: identity`,
    `Content-Length: 5\r\n Transfer-Encoding: chunked`,
  ]) {
    const answered = await smuggled(headers);
    assert.doesNotMatch(answered, /first-1\.0/, headers);
  }
});

test("a client that goes away in the middle leaves nothing behind", async () => {
  const form = encodeForm(
    partsFor(makeWheel({ name: "gone", version: "1.0", extra: [["d", Buffer.from(noise(200_000))]] })),
  );
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  const head = [
    "POST /legacy/ HTTP/1.1",
    "Host: x",
    `Authorization: Bearer ${ann}`,
    `Content-Type: multipart/form-data; boundary=${BOUNDARY}`,
    `Content-Length: ${form.length}`,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  socket.write(form.subarray(0, 150_000));
  await new Promise((resolve) => setTimeout(resolve, 100));
  socket.destroy();
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      assertNothingStaged();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  assertNothingStaged();
});

test("other doors of upload tools: GET, hatch's listing, trusted publishing", async () => {
  assert.equal((await ask(url, "/legacy/")).status, 405);
  for (const path of ["/legacy/+simple/First/", "/legacy/%2Bsimple/first/"]) {
    const page = await ask(url, path, { accept: "*/*" });
    assert.equal(page.status, 200, path);
    assert.match(page.body.toString(), /<a [^>]+>first-1\.0-py3-none-any\.whl<\/a>/);
  }
  assert.equal((await ask(url, "/legacy/+simple/absent/")).status, 404);
  assert.equal((await ask(url, "/_/oidc/audience")).status, 404);
  const minted = await post(url, Buffer.from("{}"), { "content-type": "application/json" }, "/_/oidc/mint-token");
  assert.deepEqual([minted.status, minted.headers["content-type"]], [404, "application/json"]);
});

test("taken on purpose: a bare linux_x86_64, a name in an old spelling; one of two spellings of a name", async () => {
  const made = makeWheel({ name: "spelled_so", version: "1.0" });
  const bare = { ...made, filename: made.filename.replace("-any.whl", "-linux_x86_64.whl") };
  assert.equal((await send(partsFor(bare))).status, 200);
  const sdist = makeSdist({ name: "spelled_so", version: "1.0" });
  const old = { ...sdist, filename: "Spelled.So-1.0.tar.gz" };
  assert.equal((await send(partsFor(old))).status, 200);
  await assertRefused(send(partsFor(sdist)), 400, /^File already exists: .* is here as Spelled\.So-1\.0\.tar\.gz$/);
});

test("the thread that checks a file dies: 500 with a code, nothing is taken in, and the next upload works", async () => {
  // A server of its own has no thread yet.
  const other = await testIndex(scope);
  await other.index.accounts.addAccount({ name: "ann", at: NOW });
  const request = { account: "ann", label: "", scopes: ["upload"], projects: undefined, days: 30 } as const;
  const secret = (await issueToken(other.index.accounts, request, NOW))?.secret ?? "";
  const serving = await other.serve();
  const file = makeWheel({ name: "deadly", version: "1.0" });
  const upload = () => post(serving.url, encodeForm(partsFor(file)), { ...basic(secret), accept: "application/json" });
  // It dies of the file, not before: one that is dead by then is not given the file.
  process.once("worker", (worker) => {
    worker.postMessage = () => void worker.terminate();
  });
  const { status, reason, headers, body } = await upload();
  assert.deepEqual([status, headers["content-type"]], [500, "application/json"]);
  const { code, error } = JSON.parse(body.toString()) as { code: string; error: string };
  assert.deepEqual([code, error], [`500 ${reason}`, "UPLOAD_FAILED"]);
  assert.deepEqual(await other.index.store.counts(), { projects: 0, files: 0, accepted: 0 });
  assert.deepEqual((await upload()).body.toString(), `${file.filename}: published\n`);
});
