// Lets tuf-js judge cases: one line of JSON for each line of the file that is the argument. A process of its own, since
// it writes metadata's names into plain objects. Plain JavaScript, since it reaches behind the types.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { TrustedMetadataStore } = require("tuf-js/dist/store.js");
const { EqualVersionError } = require("tuf-js/dist/error.js");

class Client {
  constructor(now) {
    this.now = new Date(now);
  }

  take(step) {
    let accepted;
    try {
      accepted = this.update(step, Buffer.from(step.bytes, "base64"));
    } catch (error) {
      // Whatever it throws is its way to refuse.
      return { refused: `${error.name} ${error.message}`.slice(0, 300) };
    }
    // What it accepted may still hold something that nobody expects.
    try {
      return { read: reading(accepted) };
    } catch (error) {
      return { read: `unreadable: ${error.message}`.slice(0, 300) };
    }
  }

  update(step, bytes) {
    switch (step.op) {
      case "open":
        this.trusted = new TrustedMetadataStore(bytes);
        this.trusted.referenceTime = this.now;
        return this.trusted.root;
      case "root":
        return this.trusted.updateRoot(bytes);
      case "timestamp":
        try {
          return this.trusted.updateTimestamp(bytes);
        } catch (error) {
          if (!(error instanceof EqualVersionError)) throw error;
          // Its updater goes on with the one it has, if that may be used.
          this.trusted.checkFinalTimestamp();
          return this.trusted.timestamp;
        }
      case "snapshot":
        return this.trusted.updateSnapshot(bytes, step.own ?? false);
      case "targets":
        this.trusted.updateDelegatedTargets(bytes, "targets", "root");
        return this.trusted.getRole("targets");
      case "delegated":
        this.trusted.updateDelegatedTargets(bytes, step.name, step.delegator);
        return this.trusted.getRole(step.name);
    }
  }

  lookUp({ role, path }) {
    const signed = this.trusted?.getRole(role)?.signed;
    if (signed?.type !== "targets") return null;
    if (signed.delegations === undefined) return [];
    return [...signed.delegations.rolesForTarget(path)].map((found) => [found.role, found.terminating]);
  }
}

function reading({ signed }) {
  const read = { version: signed.version, expires: Date.parse(signed.expires) / 1000 };
  switch (signed.type) {
    case "root": {
      const roles = mapped(signed.roles, keysReading);
      return { ...read, consistent: signed.consistentSnapshot, keys: Object.keys(signed.keys).sort(), roles };
    }
    case "timestamp":
      return { ...read, snapshot: signed.snapshotMeta.version };
    case "snapshot": {
      const meta = Object.entries(signed.meta).map(([name, file]) => [name.replace(/\.json$/, ""), file.version]);
      return { ...read, meta: Object.fromEntries(meta) };
    }
    case "targets": {
      const targets = mapped(signed.targets, ({ length, hashes }) => [length, hashes]);
      return { ...read, targets, delegations: delegationsReading(signed.delegations) };
    }
  }
}

function delegationsReading(delegations) {
  if (delegations === undefined) return null;
  const keys = Object.keys(delegations.keys).sort();
  const { succinctRoles: succinct } = delegations;
  if (succinct !== undefined)
    return { keys, succinct: [succinct.namePrefix, succinct.bitLength, keysReading(succinct)] };
  const roles = Object.values(delegations.roles).map((role) => {
    return [role.name, role.terminating, role.paths ?? null, role.pathHashPrefixes ?? null, keysReading(role)];
  });
  return { keys, roles };
}

function keysReading({ threshold, keyIDs }) {
  return [threshold, ...keyIDs];
}

function mapped(object, read) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, read(value)]));
}

for (const line of readFileSync(process.argv[2], "utf8").trimEnd().split("\n")) {
  const asked = JSON.parse(line);
  const client = new Client(asked.now);
  const steps = asked.steps.map((step) => client.take(step));
  console.log(JSON.stringify({ steps, lookUps: asked.lookUps.map((each) => client.lookUp(each)) }));
}
