/*
 * What a user, an index's table, and a project's file demand, before a real pip: for each demand, what is accepted in one
 * command and what is refused by itself. The control is the same command where nothing is demanded.
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { generateEd25519 } from "@countermark/tuf";
import { openFixtureIndex, type FixtureIndex } from "../../packages/client/test/fixture/fixture-index.ts";
import { programOf } from "../../tools/python/environments.ts";
import { DAY_MS } from "../harness/clock.ts";
import { countermark } from "../harness/commands.ts";
import { makeWheel } from "../harness/distributions/distributions.ts";
import { hasModule, trust } from "../harness/installers.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { Scope } from "../harness/scope.ts";

const scope = new Scope();
after(() => scope.end());
const sandbox = await openSandbox(scope);
const index = await openIndex();
const company = await openIndex();

const owner = generateEd25519().signer;
index.repository.claim("claimed-one", owner, [held(index, "claimed-one")]);
index.repository.claim("recent-one", owner, [held(index, "recent-one")], "recently-claimed");
index.repository.seal("sealed-one", [held(index, "sealed-one")]);
index.repository.listUnclaimed("open-one", [held(index, "open-one")]);
await index.repository.publish();
company.repository.listUnclaimed("acme-open", [held(company, "acme-open")]);
await company.repository.publish();
for (const { url, fingerprint } of [index, company]) await trust(sandbox, url.slice(0, -1), fingerprint);

async function openIndex(): Promise<FixtureIndex> {
  const opened = await openFixtureIndex();
  scope.after(() => opened[Symbol.asyncDispose]());
  return opened;
}

function held(at: FixtureIndex, name: string) {
  const { filename, bytes } = makeWheel({ name, version: "1.0" });
  return at.hold(name, filename, bytes);
}

interface Demand {
  readonly what: string;
  /** What stands in the user's file besides which index is meant. */
  readonly user?: string;
  /** What stands in the file of the project in which pip is started. */
  readonly project?: string;
  readonly accepted: readonly string[];
  readonly refused: readonly string[];
}

const acme = (more: string) => `[[indexes]]\nurl = "${company.url}"\nprojects = ["acme-*"]\n${more}`;

const demands: readonly Demand[] = [
  {
    what: "nothing: the control",
    user: acme(""),
    accepted: ["claimed-one", "recent-one", "sealed-one", "open-one", "acme-open"],
    refused: [],
  },
  {
    what: "sealed: a recent claim does not count",
    user: 'policy = "sealed"\n',
    accepted: ["claimed-one", "sealed-one"],
    refused: ["recent-one", "open-one"],
  },
  { what: "claimed", user: 'policy = "claimed"\n', accepted: ["claimed-one"], refused: ["sealed-one"] },
  {
    what: "of projects and prefixes, less than in general",
    user: 'policy = "claimed"\npolicies = { Open_One = "any", "sealed-*" = "sealed" }\n',
    accepted: ["open-one", "sealed-one"],
    refused: ["recent-one"],
  },
  {
    what: "of one index more than of the other",
    user: acme('policy = "claimed"\n'),
    accepted: ["open-one"],
    refused: ["acme-open"],
  },
  {
    what: "of one index less than of the other",
    user: `policy = "sealed"\n${acme('policy = "any"\n')}`,
    accepted: ["acme-open"],
    refused: ["open-one"],
  },
  {
    what: "of the project's file, which the user's own cannot loosen",
    user: 'policies = { open-one = "any" }\n',
    project: 'policy = "sealed"\n',
    accepted: ["sealed-one"],
    refused: ["open-one"],
  },
];

let installations = 0;

async function install({ user = "", project }: Demand, requirements: readonly string[]) {
  const config = join(sandbox.folder, "home", ".config", "countermark");
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, "countermark.toml"), `index = "${index.url}"\n${user}`);
  const folder = join(sandbox.folder, `work-${(installations += 1)}`);
  mkdirSync(join(folder, ".git"), { recursive: true });
  if (project !== undefined) writeFileSync(join(folder, "countermark.toml"), project);
  const pip = [programOf("pip-newest", "python"), "-m", "pip", "install", "--no-deps", "--target", "site"];
  const ending = await sandbox.run(countermark, ["run", "--", ...pip, ...requirements], { folder });
  const got = requirements.filter((name) => hasModule(join(folder, "site"), name.replaceAll("-", "_")));
  return { ...ending, got };
}

for (const demand of demands) {
  test(`demanded: ${demand.what}`, async () => {
    const accepted = await install(demand, demand.accepted);
    assert.deepEqual([accepted.code, accepted.got], [0, demand.accepted], accepted.output);
    for (const project of demand.refused) {
      const { code, got, stderr } = await install(demand, [project]);
      assert.notEqual(code, 0, project);
      assert.deepEqual(got, [], project);
      assert.match(stderr, new RegExp(`^error\\[POLICY_REFUSED\\]: ${project}[^\\n]*\\n\\nhint: `, "m"));
    }
  });
}

test("whoever observes is told what would have been refused, and gets it", async () => {
  const until = new Date(Date.now() + DAY_MS).toISOString();
  const user = `policy = "claimed"\nobserve-until = ${until}\n`;
  const { code, got, stderr } = await install({ what: "", user, accepted: [], refused: [] }, ["open-one"]);
  assert.deepEqual([code, got], [0, ["open-one"]], stderr);
  assert.match(stderr, /let through, because you are observing: open-one has nobody but the index to vouch for it/);
});
