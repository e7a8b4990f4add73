import type { Case, LookUp, Step } from "../case.ts";
import { addDelegations } from "./delegations.ts";
import type { PoolKey } from "./key-pool.ts";
import type { Change } from "./mutations/change.ts";
import { CHANGES, STEP_CHANGES } from "./mutations/index.ts";
import { Random } from "./random.ts";
import { Repository, TARGET_PATHS } from "./repository.ts";

/** How often a case has no change, one, or two. */
const NO_CHANGE = 0.08;
const TWO_CHANGES = 0.2;
/** How often the change is to the order or the names of the steps, not to a file. */
const STEP_CHANGE = 0.05;
const LOOK_UPS = 6;

/** The case that belongs to a seed. */
export function caseOf(seed: number, pool: readonly PoolKey[]): Case {
  const random = new Random(seed);
  const repository = new Repository(random, pool);
  if (random.chance(0.8)) addDelegations(repository, "targets");
  const changes = random.chance(NO_CHANGE) ? 0 : random.chance(TWO_CHANGES) ? 2 : 1;
  for (let n = 0; n < changes; n += 1) {
    change(repository, random.pick(CHANGES));
  }
  const lookUps = lookUpsOf(repository);
  let steps: readonly Step[] = repository.finish();
  if (random.chance(STEP_CHANGE)) {
    const { name, apply } = random.pick(STEP_CHANGES);
    steps = apply(steps, random);
    repository.note(name);
  }
  return { id: `seed ${seed}`, tags: repository.tags, now: repository.now, steps, lookUps };
}

function change(repository: Repository, change: Change): void {
  const note = (detail: string | undefined): void => {
    if (detail !== undefined) repository.note(detail === "" ? change.name : `${change.name}: ${detail}`);
  };
  if ("apply" in change) {
    note(change.apply(repository));
    return;
  }
  repository.random.pick(repository.drafts()).edits.signed.push((signed) => note(change.edit(signed, repository)));
}

function lookUpsOf({ random, roles, patterns }: Repository): LookUp[] {
  const delegators = [...roles].filter(([, { signed }]) => signed.get("delegations") !== undefined);
  if (delegators.length === 0) return [];
  return Array.from({ length: LOOK_UPS }, () => {
    const known = random.chance(0.5) || patterns.length === 0;
    const path = known ? random.pick(TARGET_PATHS) : fill(random.pick(patterns), random);
    return { role: random.pick(delegators)[0], path };
  });
}

/** A path that a pattern may or may not cover. */
function fill(pattern: string, random: Random): string {
  const some = (): string => random.pick(["", "a", "3f", "x.y", ".hidden", "-", "é", "😀", "/", "A", "requests"]);
  return pattern.replace(/[*]/g, some).replace(/[?]/g, () => random.pick(["a", "0", "/", "", "é", "😀", "."]));
}
