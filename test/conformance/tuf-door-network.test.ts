/*
 * Servers that misbehave (TUF 1.5.2: endless data, slow retrieval, and what else a network can do): through
 * `countermark tuf`, each with its control.
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { suite, test } from "node:test";
import {
  cutOff,
  drip,
  endless,
  gzipBomb,
  gzipped,
  lyingLength,
  redirect,
  serveRepository,
  SimulatedTufRepository,
  status,
  whole,
  type Answer,
} from "@countermark/testkit";
import { DoorClient, NOW } from "./tuf-door/door.ts";
import { hostile } from "./tuf-door/hostile.ts";

const MIB = 1024 * 1024;

suite("misbehaving servers", { concurrency: 8 }, () => {
  /** The file `name` of a repository with one target, answered otherwise. */
  function answered(source: string, name: string, answer: (file: Buffer) => Answer, reason: RegExp): void {
    hostile(source, {
      setting: async (repository) => {
        await repository.nextRoot();
        repository.list("file", "good content ".repeat(50));
      },
      targets: ["file"],
      flaw: (repository, served) => {
        const found = [...repository.files.keys()].filter((each) => each.endsWith(name)).at(-1) ?? assert.fail(name);
        served.answers.set(found, answer(Buffer.from(repository.file(found))));
      },
      reason,
    });
  }

  for (const name of ["2.root.json", "timestamp.json", "snapshot.json", "targets.json", ".file"]) {
    answered(`TUF 1.5.2, endless data: ${name} without end is given up`, name, endless, /INDEX_OVERSIZED/);
    answered(`an answer cut off in ${name} is no file`, name, (file) => cutOff(file, 5), /INDEX_UNREACHABLE/);
    answered(
      `a redirect of ${name} to another origin is not followed`,
      name,
      () => redirect("http://127.0.0.1:1/"),
      /INDEX_ANSWER.*redirect/,
    );
  }
  answered(
    "a length that is too long is an outage, not a file",
    "timestamp.json",
    (file) => lyingLength(file, file.length + 5),
    /INDEX_UNREACHABLE/,
  );
  answered(
    "a length that is too short cuts the file",
    "timestamp.json",
    (file) => lyingLength(file, file.length - 5),
    /TUF_JSON|TUF_FORMAT|INDEX_UNREACHABLE/,
  );
  answered(
    "an announced length above what is signed is refused before a byte is read",
    ".file",
    (file) => lyingLength(file, 2 ** 40),
    /INDEX_OVERSIZED/,
  );
  answered(
    "a compression bomb in place of metadata is given up",
    "timestamp.json",
    (file) => gzipBomb(file, 128 * MIB),
    /INDEX_OVERSIZED/,
  );
  answered(
    "a compression bomb in place of snapshot is given up",
    "snapshot.json",
    (file) => gzipBomb(file, 64 * MIB),
    /INDEX_OVERSIZED/,
  );
  answered(
    "gzip that is none is refused",
    "timestamp.json",
    (file) => whole(file, { "content-encoding": "gzip" }),
    /INDEX_ANSWER.*gzip/,
  );
  answered(
    "an encoding that nobody asked for is refused",
    "timestamp.json",
    (file) => whole(file, { "content-encoding": "br" }),
    /INDEX_ANSWER.*encoding/,
  );
  answered("a target is never taken out of an encoding", ".file", gzipped, /INDEX_ANSWER.*encoding/);
  answered(
    "TUF 1.5.2, freeze: a server error is not `there is no newer root`",
    "2.root.json",
    () => status(500),
    /INDEX_UNREACHABLE.*500/,
  );
  answered(
    "a refusal to show the next root is no end of the chain",
    "2.root.json",
    () => status(401),
    /TOKEN_NEEDED.*401/,
  );
  answered(
    "a page in place of the next root is no end of the chain",
    "2.root.json",
    () => whole(Buffer.from("<html>")),
    /TUF_JSON|TUF_FORMAT/,
  );
  answered("a missing timestamp is not passed over", "timestamp.json", () => status(404), /INDEX_INCOMPLETE/);
  answered("a missing target is a failure", ".file", () => status(404), /INDEX_INCOMPLETE.*file/);
  answered("an answer without content is a failure", "targets.json", () => status(204), /INDEX_ANSWER.*204/);
  answered(
    "TUF 1.5.2, slow retrieval: the time for a file is bounded as a whole",
    "timestamp.json",
    (file) => drip(file, 1000),
    /INDEX_UNREACHABLE.*longer than/,
  );
});

test("metadata may come compressed", async (context) => {
  const repository = await SimulatedTufRepository.create(NOW);
  await using served = await serveRepository(repository);
  const client = await DoorClient.trusting(context, repository.file("1.root.json"));
  for (const [name, bytes] of repository.files) served.answers.set(name, gzipped(bytes));
  const { code, err } = await client.refresh(served);
  assert.equal(code, 0, err);
  assert.deepEqual(
    client.trusted("timestamp"),
    Buffer.from(repository.file("timestamp.json")),
    "kept as it was signed",
  );
});

test("a redirect leads nowhere: the other origin is never asked", async (context) => {
  const asked: string[] = [];
  const other = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end("evil");
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  context.after(() => other.close());
  const repository = await SimulatedTufRepository.create(NOW);
  await using served = await serveRepository(repository);
  const client = await DoorClient.trusting(context, repository.file("1.root.json"));
  const elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}/timestamp.json`;
  for (const code of [301, 302, 303, 307, 308]) {
    served.answers.set("timestamp.json", redirect(elsewhere, code));
    assert.equal((await client.refresh(served)).code, 1);
  }
  assert.deepEqual(asked, []);
});
