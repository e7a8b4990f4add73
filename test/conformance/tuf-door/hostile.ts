import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { serveRepository, SimulatedTufRepository, type LoopbackRepository } from "@countermark/testkit";
import { DoorClient, NOW } from "./door.ts";

type Step = (repository: SimulatedTufRepository, served: LoopbackRepository, client: DoorClient) => unknown;

/** A hostile repository, and what a client must make of it. */
export interface HostileCase {
  /** Without consistent snapshots, if said so. */
  readonly consistentSnapshot?: boolean;
  /** What the repository is before anyone sees it. */
  readonly setting?: Step;
  /** Present if the client has seen the repository in its setting: what then becomes of it in good faith. */
  readonly change?: Step;
  /** The one thing that is wrong. */
  readonly flaw: Step;
  /** Download these instead of refreshing. */
  readonly targets?: readonly string[];
  /** Why it is refused: of other reasons the test learns nothing. */
  readonly reason: RegExp;
  /** What the client trusts in the end: versions by file name. */
  readonly trusted?: Readonly<Record<string, number>>;
}

/**
 * A test of its own for one flaw: with it the command ends with 1 and that reason, and no download is left; without it
 * the very same repository is accepted (the control).
 * @param source advisory, section of the specification, or TAP that the flaw comes from, and what it is
 */
export function hostile(source: string, hostileCase: HostileCase): void {
  test(source, async (context) => {
    const good = await visit(context, { ...hostileCase, flaw: () => undefined });
    assert.equal(good.code, 0, `the control is refused: ${good.err}`);
    const bad = await visit(context, hostileCase);
    assert.equal(bad.code, 1, "the flaw was not noticed");
    assert.match(bad.err, hostileCase.reason);
    if (hostileCase.trusted !== undefined) assert.deepEqual(bad.client.versions(), hostileCase.trusted);
    for (const content of Object.values(bad.client.downloads())) assert.doesNotMatch(content, /evil/);
  });
}

async function visit(context: TestContext, { setting, change, flaw, targets, consistentSnapshot = true }: HostileCase) {
  const repository = await SimulatedTufRepository.create(NOW, { consistentSnapshot });
  await using served = await serveRepository(repository);
  const client = await DoorClient.trusting(context, repository.file("1.root.json"));
  await setting?.(repository, served, client);
  if (setting !== undefined) await repository.publish();
  const go = () => (targets === undefined ? client.refresh(served) : client.download(served, ...targets));
  if (change !== undefined) {
    const before = await go();
    assert.equal(before.code, 0, `the setting is refused: ${before.err}`);
    await change(repository, served, client);
    await repository.publish();
  }
  await flaw(repository, served, client);
  return { ...(await go()), client };
}
