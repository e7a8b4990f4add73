/*
 * Who signs, and how many must: hostile repositories through `countermark tuf`, each with its control.
 */
import { canonicalise, generateEd25519, jsonObject, type Signer } from "@countermark/tuf";
import { forge, type SimulatedTufRepository } from "@countermark/testkit";
import { hostile } from "./tuf-door/hostile.ts";

/** Root 2, in which two keys must sign timestamp, and do. */
async function twoMustSign(repository: SimulatedTufRepository): Promise<void> {
  await repository.turnKeys("timestamp", [generateEd25519().signer, generateEd25519().signer], 2);
}

function timestampSigners(repository: SimulatedTufRepository): readonly [Signer, Signer] {
  const [one, other] = repository.signersOf("timestamp");
  if (one === undefined || other === undefined) throw new Error("timestamp has fewer than two signers");
  return [one, other];
}

/** Puts the first key's material, spelled in some way, under the second key's id, and has it sign under both. */
async function oneKeyTwice(repository: SimulatedTufRepository, spell: (hex: string) => string): Promise<void> {
  const [one, other] = timestampSigners(repository);
  const material = (one.publicKey.json.get("keyval") as ReadonlyMap<string, string>).get("public") ?? "";
  const { keyId } = other.publicKey;
  const changes = { [`keys/${keyId}/keyval/public`]: spell(material) };
  repository.files.set(
    "2.root.json",
    await forge(repository.file("2.root.json"), repository.signersOf("root"), changes),
  );
  const twice = [one, { keyId, signer: one }];
  repository.files.set("timestamp.json", await forge(repository.file("timestamp.json"), twice, {}));
}

function pem(hex: string): string {
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(hex, "hex")]);
  return `-----BEGIN PUBLIC KEY-----\n${der.toString("base64")}\n-----END PUBLIC KEY-----\n`;
}

const TOO_FEW = /TUF_SIGNATURE.*timestamp is signed by 1 of the 2 keys/;

hostile("CVE-2020-6174 (python-tuf): one key under two key ids is one key", {
  setting: twoMustSign,
  flaw: (repository) => oneKeyTwice(repository, (hex) => hex),
  reason: TOO_FEW,
  trusted: { root: 2 },
});

hostile("TUF 4.2, 5.4.2: one key in hex and in PEM is one key", {
  setting: twoMustSign,
  flaw: (repository) => oneKeyTwice(repository, pem),
  reason: TOO_FEW,
});

hostile("TUF 4.2, 5.4.2: one key in upper and in lower case is one key", {
  setting: twoMustSign,
  flaw: (repository) => oneKeyTwice(repository, (hex) => hex.toUpperCase()),
  reason: TOO_FEW,
});

hostile("CVE-2020-6174 (python-tuf): two signatures under one key id are refused", {
  setting: twoMustSign,
  flaw: async (repository) => {
    const [one] = timestampSigners(repository);
    repository.files.set("timestamp.json", await forge(repository.file("timestamp.json"), [one, one], {}));
  },
  reason: /TUF_FORMAT.*has two for the key id/,
});

hostile("TUF 4.3: a key id that a role lists twice counts once, or not at all", {
  setting: twoMustSign,
  flaw: async (repository) => {
    const [one] = timestampSigners(repository);
    const keyIds = [one.publicKey.keyId, one.publicKey.keyId];
    const changes = { "roles/timestamp/keyids": keyIds };
    repository.files.set(
      "2.root.json",
      await forge(repository.file("2.root.json"), repository.signersOf("root"), changes),
    );
  },
  reason: /TUF_FORMAT|TUF_SIGNATURE/,
});

for (const threshold of [0, -1, 0.5, "1", true, null, 1e300]) {
  hostile(`TUF 4.3: a threshold of ${JSON.stringify(threshold)} is refused`, {
    setting: (repository) => repository.nextRoot(),
    flaw: async (repository) => {
      const changes = { "roles/timestamp/threshold": threshold };
      const root = await forge(repository.file("2.root.json"), repository.signersOf("root"), changes);
      repository.files.set("2.root.json", root);
    },
    reason: /TUF_FORMAT|TUF_JSON/,
    trusted: { root: 1 },
  });
}

hostile("TUF 5.4.2: the key of another role signs nothing", {
  flaw: async (repository) => {
    const stranger = repository.signersOf("snapshot");
    repository.files.set("timestamp.json", await forge(repository.file("timestamp.json"), stranger, {}));
  },
  reason: /TUF_SIGNATURE.*timestamp is signed by 0 of the 1/,
  trusted: { root: 1 },
});

hostile("TUF 5.4.2: a right signature over other bytes signs nothing", {
  flaw: async (repository) => {
    const { signatures } = JSON.parse(Buffer.from(repository.file("timestamp.json")).toString()) as {
      signatures: unknown;
    };
    const other = await forge(repository.file("timestamp.json"), [], { version: 9 });
    const file = Buffer.from(other)
      .toString()
      .replace('"signatures":[]', `"signatures":${JSON.stringify(signatures)}`);
    repository.files.set("timestamp.json", Buffer.from(file));
  },
  reason: /TUF_SIGNATURE/,
});

hostile("RFC 8032, 5.1.7: an Ed25519 key of small order, under which anything verifies, is refused", {
  setting: twoMustSign,
  flaw: async (repository) => {
    const [, other] = timestampSigners(repository);
    const weak = "01".padEnd(64, "0");
    const changes = { [`keys/${other.publicKey.keyId}/keyval/public`]: weak };
    repository.files.set(
      "2.root.json",
      await forge(repository.file("2.root.json"), repository.signersOf("root"), changes),
    );
  },
  reason: /TUF_KEY/,
  trusted: { root: 1 },
});

hostile("TUF 5.3.4: a root that the keys before it did not sign is refused", {
  setting: (repository) => repository.turnKeys("root"),
  flaw: async (repository) => {
    repository.files.set("2.root.json", await forge(repository.file("2.root.json"), repository.signersOf("root"), {}));
  },
  reason: /TUF_SIGNATURE.*root/,
  trusted: { root: 1 },
});

const oldRootKeys = new WeakMap<SimulatedTufRepository, readonly Signer[]>();
hostile("TUF 5.3.4: a root that its own keys did not sign is refused", {
  setting: async (repository) => {
    oldRootKeys.set(repository, repository.signersOf("root"));
    await repository.turnKeys("root");
  },
  flaw: async (repository) => {
    const old = oldRootKeys.get(repository) ?? [];
    repository.files.set("2.root.json", await forge(repository.file("2.root.json"), old, {}));
  },
  reason: /TUF_SIGNATURE.*root/,
  trusted: { root: 1 },
});

hostile("CVE-2025-2885 (tough), TUF 5.3.5: a root that leaves out a version is refused", {
  setting: (repository) => repository.nextRoot(),
  flaw: async (repository) => {
    repository.files.set(
      "2.root.json",
      await forge(repository.file("2.root.json"), repository.signersOf("root"), { version: 3 }),
    );
  },
  reason: /TUF_VERSION.*root has version 3, not 2/,
  trusted: { root: 1 },
});

hostile("CVE-2020-15163 (python-tuf), TUF 5.3.8: when root N+2 is refused, root N+1 stays trusted", {
  setting: async (repository) => {
    await repository.nextRoot();
    await repository.nextRoot();
  },
  flaw: async (repository) => {
    const stranger = generateEd25519().signer;
    repository.files.set("3.root.json", await forge(repository.file("3.root.json"), [stranger], {}));
  },
  reason: /TUF_SIGNATURE.*root/,
  trusted: { root: 2 },
});

hostile("TUF 5.3.10: an expired root at the end of the chain is kept, and refused to build on", {
  setting: async (repository) => {
    await repository.nextRoot();
    await repository.nextRoot();
  },
  flaw: async (repository) => {
    const expired = { expires: "2030-05-31T23:59:59Z" };
    repository.files.set(
      "3.root.json",
      await forge(repository.file("3.root.json"), repository.signersOf("root"), expired),
    );
  },
  reason: /TUF_EXPIRED.*root expired/,
  trusted: { root: 3 },
});

hostile("TUF 4.2: a signature over the text as it stands, which is not its canonical form, signs nothing", {
  flaw: async (repository) => {
    const spaced = (text: string) => text.replace('{"_type"', '{ "_type"');
    const signed = await forge(repository.file("timestamp.json"), repository.signersOf("timestamp"), spaced);
    repository.files.set("timestamp.json", signed);
  },
  reason: /TUF_SIGNATURE/,
});

hostile("TUF 4.2: a member that the signature does not cover is noticed", {
  flaw: (repository) => {
    const text = Buffer.from(repository.file("timestamp.json")).toString();
    repository.files.set("timestamp.json", Buffer.from(text.replace('"signed":{', '"signed":{"x-evil":1,')));
  },
  reason: /TUF_SIGNATURE/,
});

// The helper writes canonical JSON as the library does, or every case above would fail for that reason alone.
const sample = { a: 1, b: ["é", "\u007f", { z: null, y: true }] };
const inOrder = Buffer.from(await forge(Buffer.from(JSON.stringify({ signed: sample })), [], {})).toString();
if (inOrder !== `{"signatures":[],"signed":${Buffer.from(canonicalise(jsonObject(sample))).toString()}}`)
  throw new Error(inOrder);
