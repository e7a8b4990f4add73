import {
  delegationKeys,
  delegationsFor,
  TrustedSet,
  TufError,
  type Delegations,
  type Envelope,
  type Metadata,
  type RoleKeys,
  type Targets,
} from "@countermark/tuf";
import type { Case, Json, Judge, Step, StepVerdict, Verdict } from "../case.ts";

/** `@countermark/tuf` itself. Anything but a `TufError` is a defect and ends the run. */
export const ours: Judge = {
  name: "countermark",
  judge: (cases) => Promise.resolve(cases.map(judgeCase)),
};

function judgeCase(asked: Case): Verdict {
  const client = new Client(asked.now);
  const steps = asked.steps.map((step) => client.take(step));
  return { steps, lookUps: asked.lookUps.map(({ role, path }) => client.lookUp(role, path)) };
}

class Client {
  readonly #now: number;
  #set: TrustedSet | undefined;
  readonly #loaded = new Map<string, Envelope<Targets>>();

  constructor(now: number) {
    this.#now = now;
  }

  take(step: Step): StepVerdict {
    try {
      return { read: readingOf(this.#update(step)) };
    } catch (error) {
      if (!(error instanceof TufError)) throw error;
      return { refused: `${error.code} ${error.message}` };
    }
  }

  lookUp(role: string, path: string): Verdict["lookUps"][number] {
    const loaded = this.#loaded.get(role);
    if (loaded === undefined) return null;
    const { delegations } = loaded.signed;
    return delegations === undefined ? [] : delegationsFor(delegations, path).map((to) => [to.name, to.terminating]);
  }

  #update(step: Step): Envelope<Metadata> {
    if (step.op === "open") return (this.#set = TrustedSet.open(step.bytes, this.#now)).root;
    if (this.#set === undefined) throw new TufError("TUF_ORDER", "there is no root");
    switch (step.op) {
      case "root":
        return this.#set.updateRoot(step.bytes);
      case "timestamp":
        return this.#set.updateTimestamp(step.bytes);
      case "snapshot":
        return this.#set.updateSnapshot(step.bytes, { trusted: step.own === true });
      case "targets":
        return this.#keep("targets", this.#set.updateTargets(step.bytes));
      case "delegated":
        return this.#keep(step.name, this.#set.updateDelegated(step.bytes, step.name, step.delegator));
    }
  }

  #keep(name: string, role: Envelope<Targets>): Envelope<Targets> {
    this.#loaded.set(name, role);
    return role;
  }
}

/** What was understood, in the words that all judges share. */
function readingOf({ signed }: Envelope<Metadata>): Json {
  const common = { version: signed.version, expires: signed.expires / 1000 };
  switch (signed.type) {
    case "root": {
      const roles = Object.fromEntries([...signed.roles].map(([name, role]) => [name, keysReading(role)]));
      return { ...common, consistent: signed.consistentSnapshot, keys: [...signed.keys.keys()].sort(), roles };
    }
    case "timestamp":
      return { ...common, snapshot: signed.snapshot.version };
    case "snapshot":
      return { ...common, meta: plain(signed.meta, ({ version }) => version) };
    case "targets": {
      const targets = plain(signed.targets, ({ length, hashes }) => [length, plain(hashes, (digest) => digest)]);
      return { ...common, targets, delegations: delegationsReading(signed.delegations) };
    }
  }
}

function delegationsReading(delegations: Delegations | undefined): Json {
  if (delegations === undefined) return null;
  const { keys, roles, succinct } = delegations;
  const names = [...keys.keys()].sort();
  if (succinct !== undefined) {
    const { bitLength, namePrefix } = succinct;
    return { keys: names, succinct: [namePrefix, bitLength, keysReading(succinct)] };
  }
  const listed = [...roles.values()].map(({ name, terminating, paths = null, pathHashPrefixes = null }) => {
    return [name, terminating, paths, pathHashPrefixes, keysReading(delegationKeys(delegations, name))];
  });
  return { keys: names, roles: listed };
}

function keysReading(role: RoleKeys | undefined): Json {
  return role === undefined ? null : [role.threshold, ...role.keyIds];
}

function plain<T>(map: ReadonlyMap<string, T>, read: (value: T) => Json): Json {
  return Object.fromEntries([...map].map(([name, value]) => [name, read(value)]));
}
