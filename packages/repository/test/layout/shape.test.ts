import assert from "node:assert/strict";
import { before, test } from "node:test";
import {
  checkShape,
  projectPattern,
  projectRole,
  releaseRole,
  shardOf,
  shardRole,
  sealedFilesRole,
  type ReleaseFile,
} from "@countermark/repository";
import { SimulatedCountermark } from "@countermark/testkit";
import { generateEd25519, makeTargetFile, makeTargets, type DelegatedRole, type Targets } from "@countermark/tuf";
import { refusal } from "../refusal.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const owner = generateEd25519().signer;
const file: ReleaseFile = { filename: "flask-3.0.0.tar.gz", sha256: "ab".repeat(32), length: 9, uploadTime: NOW };

let repository: SimulatedCountermark;
let shard: string;
before(async () => {
  repository = await SimulatedCountermark.create(NOW);
  shard = shardOf(repository.sharding, "flask");
  repository.claim("flask", owner, [file]);
  repository.claim("rich", owner, [{ ...file, filename: "rich-1.0.tar.gz" }], "recently-claimed");
  repository.seal("six", [{ ...file, filename: "six-1.0.tar.gz" }]);
  repository.listUnclaimed("numpy", [{ ...file, filename: "numpy-1.0.tar.gz" }]);
});

const check = (name: string, change: Partial<Targets> = {}): void => {
  checkShape(name, { ...repository.role(name), ...change }, repository.sharding);
};

test("every role of a real repository has its shape", () => {
  for (const name of repository.roles.keys()) check(name);
});

test("a role of no known name is refused", () => {
  assert.throws(
    () => checkShape("extra", makeTargets({ version: 1, expires: NOW }), repository.sharding),
    refusal("ROLE_SHAPE", /not a role/),
  );
});

const listsFlask = (): Partial<Targets> => ({ targets: repository.role(releaseRole("flask")).targets });

for (const name of ["status", "claimed", "sealed", "recently-claimed", "unclaimed"]) {
  test(`${name} may not list a file`, () => {
    assert.throws(() => check(name, listsFlask()), refusal("ROLE_SHAPE", /lists files/));
  });
}
for (const kind of ["status", "claimed", "sealed", "recently-claimed"] as const) {
  test(`a shard of ${kind} may not list a file`, () => {
    assert.throws(() => check(shardRole(kind, shard), listsFlask()), refusal("ROLE_SHAPE", /lists files/));
  });
}

test("an owner may not list a file in p. itself and so undo the release threshold", () => {
  assert.throws(() => check(projectRole("flask"), listsFlask()), refusal("ROLE_SHAPE", /lists files/));
});

test("targets may list its own documents and nothing else", () => {
  const document = makeTargetFile({ length: 1, sha256: "ab".repeat(32) });
  check("targets", { targets: new Map([["countermark/guardians.json", document]]) });
  assert.throws(() => check("targets", listsFlask()), refusal("ROLE_SHAPE"));
  assert.throws(() => check("targets", { targets: new Map([["countermark/../x", document]]) }), refusal("ROLE_SHAPE"));
});

test("a releaser may not delegate", () => {
  const { delegations } = repository.role(projectRole("flask"));
  assert.ok(delegations);
  assert.throws(() => check(releaseRole("flask"), { delegations }), refusal("ROLE_SHAPE", /delegates/));
  assert.throws(
    () => check(shardRole("unclaimed", shardOf(repository.sharding, "numpy")), { delegations }),
    refusal("ROLE_SHAPE"),
  );
});

test("a releaser may not list a file of another project", () => {
  const { targets } = repository.role(shardRole("unclaimed", shardOf(repository.sharding, "numpy")));
  assert.throws(() => check(releaseRole("flask"), { targets }), refusal("ROLE_SHAPE", /may not/));
});

test("a shard may not list a file of another shard", () => {
  const { targets } = repository.role(shardRole("unclaimed", shardOf(repository.sharding, "numpy")));
  const other = repository.sharding.shards.find((each) => each !== shardOf(repository.sharding, "numpy"));
  assert.throws(() => check(shardRole("unclaimed", String(other)), { targets }), refusal("ROLE_SHAPE", /may not/));
});

test("a file under a wrong hash is refused", () => {
  const entries = [...repository.role(releaseRole("flask")).targets].map(
    ([path, entry]) => [`0000${path.slice(4)}`, entry] as const,
  );
  assert.throws(() => check(releaseRole("flask"), { targets: new Map(entries) }), refusal("ROLE_SHAPE", /wrong hash/));
});

test("two file names that differ in case only are refused", () => {
  const [[path, entry] = ["", undefined]] = repository.role(releaseRole("flask")).targets;
  assert.ok(entry);
  const targets = new Map([
    [path, entry],
    [path.replace("/flask-3", "/Flask-3"), entry],
  ]);
  assert.throws(() => check(releaseRole("flask"), { targets }), refusal("ROLE_SHAPE", /case/));
});

/** Each delegating role with each way in which one of its delegations can be wrong. */
const delegating = ["targets", "claimed", "unclaimed", "sealed", "status", "recently-claimed"];
const flaws: Record<string, (one: DelegatedRole) => DelegatedRole> = {
  "another pattern": (one) => ({ ...one, paths: ["*/*"] }),
  "a second pattern": (one) => ({ ...one, paths: [...(one.paths ?? []), "*/x/*"] }),
  "hash prefixes": ({ paths, ...one }) => ({ ...one, pathHashPrefixes: ["00"] }),
  "the other terminating flag": (one) => ({ ...one, terminating: !one.terminating }),
};
const withFirst = (name: string, flaw: (one: DelegatedRole) => DelegatedRole): Partial<Targets> => {
  const { delegations } = repository.role(name);
  assert.ok(delegations);
  const [first, ...others] = delegations.roles.values();
  assert.ok(first);
  const flawed = flaw(first);
  return { delegations: { ...delegations, roles: new Map([flawed, ...others].map((role) => [role.name, role])) } };
};
for (const [what, flaw] of Object.entries(flaws)) {
  for (const name of delegating) {
    test(`a delegation of ${name} with ${what} is refused`, () => {
      assert.throws(() => check(name, withFirst(name, flaw)), refusal("ROLE_SHAPE"));
    });
  }
  for (const kind of ["claimed", "p", "recently-claimed", "sealed"]) {
    test(`a delegation below ${kind} with ${what} is refused`, () => {
      const name =
        {
          claimed: shardRole("claimed", shard),
          p: projectRole("flask"),
          "recently-claimed": shardRole("recently-claimed", shardOf(repository.sharding, "rich")),
          sealed: shardRole("sealed", shardOf(repository.sharding, "six")),
        }[kind] ?? "";
      assert.throws(() => check(name, withFirst(name, flaw)), refusal("ROLE_SHAPE"));
    });
  }
}

for (const name of delegating) {
  test(`${name} must name all its roles, in order`, () => {
    const { delegations } = repository.role(name);
    assert.ok(delegations);
    const all = [...delegations.roles];
    const reordered = new Map([...all.slice(1), ...all.slice(0, 1)]);
    assert.throws(() => {
      check(name, { delegations: { ...delegations, roles: reordered } });
    }, refusal("ROLE_SHAPE"));
    const fewer = new Map(all.slice(1));
    assert.throws(() => {
      check(name, { delegations: { ...delegations, roles: fewer } });
    }, refusal("ROLE_SHAPE"));
    assert.throws(
      () => checkShape(name, makeTargets({ version: 1, expires: NOW }), repository.sharding),
      refusal("ROLE_SHAPE"),
    );
  });
}

test("a claim in the wrong shard is refused", () => {
  const other = repository.sharding.shards.find((each) => each !== shard) ?? "";
  const { delegations } = repository.role(shardRole("claimed", shard));
  assert.ok(delegations);
  assert.throws(() => check(shardRole("claimed", other), { delegations }), refusal("ROLE_SHAPE", /another shard/));
});

test("a seal whose pattern is wider than a project is refused", () => {
  const name = shardRole("sealed", shardOf(repository.sharding, "six"));
  const widen = (one: DelegatedRole): DelegatedRole => ({
    ...one,
    paths: [projectPattern("six").replace("/six/", "/*/")],
  });
  assert.throws(() => check(name, withFirst(name, widen)), refusal("ROLE_SHAPE", /not the pattern/));
});

test("a seal with the same project twice, or with none, is refused", () => {
  const name = shardRole("sealed", shardOf(repository.sharding, "six"));
  for (const paths of [[], [projectPattern("six"), projectPattern("six")]]) {
    assert.throws(
      () =>
        check(
          name,
          withFirst(name, (one) => ({ ...one, paths })),
        ),
      refusal("ROLE_SHAPE"),
    );
  }
});

test("a sealed shard that delegates to another shard's files is refused", () => {
  const name = shardRole("sealed", shardOf(repository.sharding, "six"));
  const other = repository.sharding.shards.find((each) => each !== shardOf(repository.sharding, "six")) ?? "";
  assert.throws(
    () =>
      check(
        name,
        withFirst(name, (one) => ({ ...one, name: sealedFilesRole(other) })),
      ),
    refusal("ROLE_SHAPE"),
  );
});

test("p. may delegate to the release role of its own project only", () => {
  const name = projectRole("flask");
  assert.throws(
    () =>
      check(
        name,
        withFirst(name, (one) => ({ ...one, name: releaseRole("rich") })),
      ),
    refusal("ROLE_SHAPE"),
  );
});

test("p. that lets nobody release yet has its shape", () =>
  checkShape(projectRole("flask"), makeTargets({ version: 1, expires: NOW }), repository.sharding));

test("a key under an id that is not its own is refused", () => {
  const name = shardRole("claimed", shard);
  const { delegations } = repository.role(name);
  assert.ok(delegations);
  const keys = new Map([["0".repeat(64), owner.publicKey]]);
  assert.throws(
    () => {
      check(name, { delegations: { ...delegations, keys } });
    },
    refusal("ROLE_SHAPE", /not its id/),
  );
});

test("a shard of another sharding is refused", () => {
  assert.throws(
    () => checkShape("unclaimed.3f", makeTargets({ version: 1, expires: NOW }), repository.sharding),
    refusal("ROLE_SHAPE", /not one of/),
  );
});
