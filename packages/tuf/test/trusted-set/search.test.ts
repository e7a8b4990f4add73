import assert from "node:assert/strict";
import { test } from "node:test";
import { makeDelegations, makeTargetFile, makeTargets, searchTarget, signMetadata, TrustedSet } from "@countermark/tuf";
import { EXPIRES, NOW, ONLINE, refused, roleOf, rootOf, sign, snapshotOf, timestampOf } from "../support/repository.ts";

interface Sketch {
  readonly files?: readonly string[];
  /** `name`, or `name!` where terminating, to pattern. */
  readonly to?: Readonly<Record<string, string>>;
}

/** A repository of roles that all have one key; `targets` is the first. */
async function searching(path: string, sketches: Readonly<Record<string, Sketch>>, maxRoles?: number) {
  const key = ONLINE;
  const files = new Map<string, Uint8Array>();
  for (const [name, { files: paths = [], to = {} }] of Object.entries(sketches)) {
    const roles = Object.entries(to).map(([to, pattern]) => {
      return { name: to.replace("!", ""), ...roleOf(key), terminating: to.endsWith("!"), paths: [pattern] };
    });
    const targets = new Map(paths.map((each) => [each, makeTargetFile({ length: 1, sha256: "00".repeat(32) })]));
    const delegations = makeDelegations({ keys: [key.publicKey], roles });
    files.set(name, await signMetadata(makeTargets({ version: 1, expires: EXPIRES, targets, delegations }), [key]));
  }
  const everything = { root: roleOf(key), targets: roleOf(key), snapshot: roleOf(key), timestamp: roleOf(key) };
  const set = TrustedSet.open(await sign.root(rootOf({ keys: [key.publicKey], roles: everything }), key), NOW);
  set.updateTimestamp(await sign.timestamp(timestampOf(1, { version: 1 })));
  set.updateSnapshot(
    await sign.snapshot(snapshotOf(1, Object.fromEntries([...files.keys()].map((name) => [name, { version: 1 }])))),
  );
  const search = searchTarget(set, path, maxRoles);
  const asked: string[] = [];
  for (;;) {
    const step = search.next();
    if (step.done === true) return { asked, found: step.value, set };
    const { name, delegator } = step.value;
    asked.push(`${delegator}>${name}`);
    const bytes = files.get(name) ?? assert.fail(`no ${name}`);
    if (name === "targets") set.updateTargets(bytes);
    else set.updateDelegated(bytes, name, delegator);
  }
}

test("5.6.7: a target in the top-level role is found without asking further", async () => {
  const { asked, found } = await searching("f", { targets: { files: ["f"], to: { a: "*" } }, a: { files: ["f"] } });
  assert.deepEqual(asked, ["root>targets"]);
  assert.equal(found?.role, "targets");
});

test("5.6.7: delegations are walked in pre-order, depth first, in the order of the file", async () => {
  const { asked, found } = await searching("f", {
    targets: { to: { b: "*", a: "*", no: "x" } },
    b: { to: { deep: "*" } },
    deep: {},
    a: { files: ["f"] },
  });
  assert.deepEqual(asked, ["root>targets", "targets>b", "b>deep", "targets>a"]);
  assert.equal(found?.role, "a");
});

test("5.6.7.2: nothing stands behind a terminating delegation that covers the path, at no depth", async () => {
  const { asked, found } = await searching("f", {
    targets: { to: { a: "*", later: "*" } },
    a: { to: { "end!": "*", after: "*" } },
    end: { to: { below: "*" } },
    below: {},
    after: { files: ["f"] },
    later: { files: ["f"] },
  });
  assert.deepEqual(asked, ["root>targets", "targets>a", "a>end", "end>below"]);
  assert.equal(found, undefined);
});

test("5.6.7.2: a terminating delegation of other paths does not end the search", async () => {
  const { found } = await searching("f", { targets: { to: { "end!": "x/*", a: "*" } }, end: {}, a: { files: ["f"] } });
  assert.equal(found?.role, "a");
});

test("5.6.7: a role may list a path that it is not trusted with: it is not asked", async () => {
  const { found } = await searching("f", { targets: { to: { a: "x/*" } }, a: { files: ["f"] } });
  assert.equal(found, undefined);
});

test("5.6.7.1: cycles end, and each role is asked once", async () => {
  const { asked, found } = await searching("f", {
    targets: { to: { a: "*" } },
    a: { to: { b: "*" } },
    b: { to: { a: "*", b: "*" } },
  });
  assert.deepEqual(asked, ["root>targets", "targets>a", "a>b"]);
  assert.equal(found, undefined);
});

test("5.6.7: the second arm of a diamond goes on to what is its own", async () => {
  const { asked, found } = await searching("f", {
    targets: { to: { a: "*", b: "*" } },
    a: { to: { shared: "*" } },
    b: { to: { shared: "*", own: "*" } },
    shared: {},
    own: { files: ["f"] },
  });
  assert.deepEqual(asked, ["root>targets", "targets>a", "a>shared", "targets>b", "b>own"]);
  assert.equal(found?.role, "own");
});

test("5.6.7.1: a look-up asks 300 roles unless told otherwise", async () => {
  const chainOf = (roles: number) => {
    const links = Array.from({ length: roles - 1 }, (_, n) => {
      return [`r${n + 1}`, n + 2 === roles ? { files: ["f"] } : { to: { [`r${n + 2}`]: "*" } }] as const;
    });
    return Object.fromEntries([["targets", { to: { r1: "*" } }], ...links]);
  };
  assert.equal((await searching("f", chainOf(300))).found?.role, "r299");
  await assert.rejects(searching("f", chainOf(301)), { code: "TUF_ROLE", message: /more than 300 roles/ });
});

test("5.6.7.1: more roles than the limit are an error, not an absence", async () => {
  const chain = { targets: { to: { a: "*" } }, a: { to: { b: "*" } }, b: { files: ["f"] } };
  assert.equal((await searching("f", chain, 3)).found?.role, "b");
  await assert.rejects(searching("f", chain, 2), { code: "TUF_ROLE", message: /more than 2 roles/ });
});

test("what the set holds already is not asked for again", async () => {
  const { set } = await searching("f", { targets: { to: { a: "*" } }, a: { files: ["f"] } });
  const step = searchTarget(set, "f").next();
  assert.equal(step.done, true);
  assert.deepEqual(step.value?.file.length, 1);
});

test("a search that goes on without the role it asked for is a mistake of the caller, not a way past it", async () => {
  const { set } = await searching("g", { targets: {}, a: {} });
  const fresh = TrustedSet.open(set.root.bytes, NOW);
  const search = searchTarget(fresh, "f");
  search.next();
  refused(() => search.next(), "TUF_ORDER", /went on without targets/, "targets");
});
