import assert from "node:assert/strict";
import { test } from "node:test";
import { isToken } from "@countermark/repository";
import { scopeOf } from "../../../../test/harness/scope.ts";
import { Administration } from "../../src/accounts/administer.ts";
import { NOW } from "../fixtures.ts";
import { testIndex } from "../serving.ts";
import { server } from "./command.ts";

test("accounts, tokens and members from the command line: secrets go to stdout once, refusals to stderr", async (t) => {
  const { data, index } = await testIndex(scopeOf(t));
  const call = async (...args: readonly string[]): Promise<string> => {
    const ended = await server(...args, "--data", data);
    assert.equal(ended.code, 0, ended.output);
    return ended.stdout;
  };
  assert.equal(await call("account", "add", "Ann"), "");
  const again = await server("account", "add", "ann", "--data", data);
  assert.deepEqual([again.code, again.stdout], [1, ""]);
  assert.match(again.stderr, /^error\[ACCOUNT_EXISTS\]: .*[^.]\n\nhint: /);

  const created = await call(
    "token",
    "create",
    "ann",
    "--project",
    "Flask",
    "--scope",
    "upload",
    "read",
    "--days",
    "7",
  );
  const secret = created.trim();
  assert.ok(isToken(secret), "stdout is the token alone");
  const shown = await call("token", "list", "ann");
  assert.match(shown, /^[0-9a-f]{12} {2}ann {2}upload,read {2}flask {2}until \d{4}-\d\d-\d\d {2}never used\n$/);
  assert.ok(!shown.includes(secret.slice(3)), "no secret is shown again");

  await call("project", "member", "add", "Flask", "ann", "--role", "owner");
  assert.match(
    await call("project", "member", "list", "flask", "--json"),
    /^\[\{"account":"ann","role":"owner","since":/,
  );
  await call("account", "disable", "ann");
  assert.match(await call("account", "list"), /^ann {2}since .* {2}0 keys {2}1 projects {2}disabled /);
  const log = JSON.stringify(await index.audit.entries({ limit: 100 }));
  assert.ok(!log.includes(secret.slice(3)), "no secret is in the log");
});

test("each change has its line in the audit log, a refused one has none", async (t) => {
  const { index } = await testIndex(scopeOf(t));
  const operator = new Administration({ ...index, clock: () => NOW });
  const refused = (code: string, change: Promise<unknown>) => assert.rejects(change, { code });
  const request = { label: "ci", scopes: ["upload"], projects: ["Flask"], days: 7 } as const;
  assert.equal(await operator.addAccount(" Ann "), "ann");
  await refused("ACCOUNT_EXISTS", operator.addAccount("ann"));
  await refused("IDENTITY_ACCOUNT", operator.addAccount("a b"));
  await refused("NO_ACCOUNT", operator.createToken({ account: "bob", ...request }));
  const { id } = await operator.createToken({ account: "ann", ...request });
  assert.deepEqual((await index.accounts.tokens("ann"))[0]?.projects, ["flask"]);
  await operator.revokeToken(id);
  await refused("NO_TOKEN", operator.revokeToken(id));
  await operator.setMember("Flask", "ann", "owner");
  await refused("NO_ACCOUNT", operator.setMember("flask", "bob", "owner"));
  await refused("LAST_OWNER", operator.setMember("flask", "ann", "maintainer"));
  await refused("LAST_OWNER", operator.removeMember("flask", "ann"));
  await refused("NO_MEMBER", operator.removeMember("flask", "bob"));
  await operator.invite("for Bob");
  await operator.setDisabled("ann", true);
  await refused("NO_ACCOUNT", operator.createToken({ account: "ann", ...request }));
  await operator.setDisabled("ann", false);
  await refused("NO_ACCOUNT", operator.setDisabled("bob", true));
  const log = await index.audit.entries({ limit: 100 });
  assert.deepEqual(
    log.map(({ actor, action }) => `${actor} ${action}`),
    [
      ...["operator account.add", "operator token.create", "operator token.revoke", "operator member.set"],
      ...["operator account.invite", "operator account.disable", "operator account.enable"],
    ],
  );
});
