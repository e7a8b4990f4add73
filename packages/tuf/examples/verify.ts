// From a pinned root to a verified file: the caller fetches, the set decides.
import { checkIntegrity, searchTarget, TrustedSet, TufError } from "@countermark/tuf";
import { makeRepository } from "./sign.ts";

const now = Date.now();
const repository = await makeRepository(now);
const fetch = (path: string) => repository.get(path) ?? new Uint8Array();

const set = TrustedSet.open(fetch("1.root.json"), now);
for (let next = 2; repository.has(`${next}.root.json`); next += 1) set.updateRoot(fetch(`${next}.root.json`));
const { snapshot } = set.updateTimestamp(fetch("timestamp.json")).signed;
const { meta } = set.updateSnapshot(fetch(`${snapshot.version}.snapshot.json`)).signed;

const search = searchTarget(set, "docs/hello.txt");
let step = search.next();
for (; step.done !== true; step = search.next()) {
  const { name, delegator } = step.value;
  const bytes = fetch(`${meta.get(name)?.version ?? 0}.${encodeURIComponent(name)}.json`);
  if (name === "targets") set.updateTargets(bytes);
  else set.updateDelegated(bytes, name, delegator);
}
if (step.value === undefined) throw new Error("no role lists docs/hello.txt");

const { role, file } = step.value;
const bytes = fetch(`targets/docs/${file.hashes.get("sha256") ?? ""}.hello.txt`);
checkIntegrity(bytes, file, "docs/hello.txt");
console.log(`${role} vouches for docs/hello.txt, ${bytes.length} bytes`);

try {
  checkIntegrity(new TextEncoder().encode("hellO\n"), file, "docs/hello.txt");
} catch (error) {
  if (error instanceof TufError) console.log(`refused: ${error.code}`);
}
