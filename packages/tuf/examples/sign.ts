// A repository with one file, signed by an offline and an online key: file name -> bytes.
import { createHash } from "node:crypto";
import {
  generateEd25519,
  makeRoot,
  makeSnapshot,
  makeTargetFile,
  makeTargets,
  makeTimestamp,
  signMetadata,
} from "@countermark/tuf";

export async function makeRepository(now: number): Promise<ReadonlyMap<string, Uint8Array>> {
  const { signer: offline } = generateEd25519();
  const { signer: online } = generateEd25519();
  const roleOf = ({ publicKey }: typeof offline) => ({ keyIds: [publicKey.keyId], threshold: 1 });
  const version = 1;
  const expires = now + 7 * 24 * 60 * 60 * 1000;

  const hello = new TextEncoder().encode("hello\n");
  const sha256 = createHash("sha256").update(hello).digest("hex");
  const root = makeRoot({
    version,
    expires,
    keys: [offline.publicKey, online.publicKey],
    roles: { root: roleOf(offline), targets: roleOf(offline), snapshot: roleOf(online), timestamp: roleOf(online) },
  });
  const targets = makeTargets({
    version,
    expires,
    targets: new Map([["docs/hello.txt", makeTargetFile({ length: hello.length, sha256 })]]),
  });
  const snapshot = makeSnapshot({ version, expires, meta: new Map([["targets", { version }]]) });
  const timestamp = makeTimestamp({ version, expires, snapshot: { version } });

  return new Map([
    ["1.root.json", await signMetadata(root, [offline])],
    ["1.targets.json", await signMetadata(targets, [offline])],
    ["1.snapshot.json", await signMetadata(snapshot, [online])],
    ["timestamp.json", await signMetadata(timestamp, [online])],
    [`targets/docs/${sha256}.hello.txt`, hello],
  ]);
}
