import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { makeWheel, writeDistributions } from "../../test/harness/distributions/distributions.ts";
import { addFile, addToBins, allOf, replaceFile, type Recording } from "../../test/harness/mirror/attacks.ts";
import { stealAndForge } from "../../test/harness/mirror/theft.ts";
import { honest, type Attack, type Mirror } from "../../test/harness/mirror/mirror.ts";
import type { Ending } from "../../test/harness/processes.ts";
import { StoryError, type Stage } from "./stage.ts";

/** Lines worth showing of an installer's many. */
const INSTALLED = /^(Successfully installed|Installed \d+ packages|countermark: )/;
const IMPORTED = /^published /;
const REFUSED = /^(error\[|hint: |countermark: )/;
const JSON_PAGE = "application/vnd.pypi.simple.v1+json";

/** What the story's attacker would have run; it only says so. */
const ATTACK = 'print("*** the attacker\'s code runs here, with your rights ***")\n';

/** The index behind the story, and what lies between it and its user. */
export interface Index {
  readonly fingerprint: string;
  /** The index itself, without the mirror. */
  readonly url: string;
  readonly mirror: Mirror;
  readonly recording: Recording;
}

/** Chapter 1: an index is made, filled and started. */
export async function makeAnIndex(stage: Stage): Promise<Index> {
  stage.screen.chapter("An index with keys of its own");
  const made = await stage.show("countermark-server init --data index --keys offline-keys --unsealed-keys", {
    keep: /^ {2}(fingerprint|offline)/,
  });
  const fingerprint = /\b[0-9a-f]{64}\b/.exec(made.stdout)?.[0] ?? "";
  stage.screen.say(
    "Real packages go in: flask, rich, numpy and requests with what they need, and docopt, which",
    "exists as source only. One small project of our own, too, for later.",
  );
  await stage.show("countermark-server import --data index packages", { keep: IMPORTED });
  await publishOwn(stage, "1.0");
  return { fingerprint, ...(await stage.open("countermark-server serve --data index --port 0")) };
}

/** Chapter 2: somebody pins the index and installs with the tools they know. */
export async function installAsAlways(stage: Stage, { mirror, fingerprint }: Index): Promise<void> {
  stage.screen.chapter("You pin the index once, then install as always");
  stage.screen.say(`You reach the index through a mirror, ${mirror.url}/ , which is honest so far.`);
  await stage.show(`countermark trust ${mirror.url}/ --root ${fingerprint}`);
  const packages = "flask rich numpy docopt";
  await stage.show(`countermark run -- pip install --target with-pip ${packages}`, { keep: INSTALLED });
  await stage.show(`countermark run -- uv pip install --target with-uv ${packages}`, { keep: INSTALLED });
  const code = "import flask, rich, numpy, docopt; print('all four work, numpy', numpy.__version__)";
  await stage.show(`PYTHONPATH=with-pip python -c "${code}"`);
  await stage.show(`PYTHONPATH=with-uv python -c "${code}"`);
}

/** Chapter 3: the chain of trust in words. */
export async function askWhy(stage: Stage): Promise<void> {
  stage.screen.chapter("Who vouches for flask?");
  await stage.show("countermark why flask");
}

/** Chapter 4: the mirror serves another wheel. */
export async function replaceAWheel(stage: Stage, { mirror }: Index): Promise<void> {
  stage.screen.chapter("Attack: the mirror replaces a wheel");
  const name = "requests";
  const version = versionIn(stage, name);
  const wheel = makeWheel({ name, version, source: ATTACK });
  stage.screen.say(
    `It serves another ${wheel.filename}`,
    "and puts that file's hash on the page, so that everything fits.",
  );
  await playAttack(stage, mirror, replaceFile(name, wheel), name);
  stage.screen.good("refused: these are not the bytes that were signed; nothing was installed");
}

/** Chapter 5: the mirror adds a version to a page, and to the signed metadata. */
export async function addAVersion(stage: Stage, { mirror }: Index): Promise<void> {
  stage.screen.chapter("Attack: the mirror adds a version");
  const [name, version] = ["packaging", "999"];
  const wheel = makeWheel({ name, version, source: ATTACK });
  stage.screen.say(`It adds ${name} ${version} to the project's page, and to the metadata that lists the project.`);
  await playAttack(stage, mirror, allOf(addFile(name, version, wheel), addToBins(name, wheel)), name);
  stage.screen.good("refused: the signed snapshot knows the length and hash of that metadata; nothing was installed");
}

/** Chapter 6: the mirror shows an old state, to hide a security release. */
export async function replayThePast(stage: Stage, { mirror, recording }: Index): Promise<void> {
  const { screen } = stage;
  screen.chapter("Attack: the mirror shows the past, to hide a security release");
  mirror.attackWith(recording.record);
  await fetch(`${mirror.url}/simple/${OWN_PROJECT}/`, { headers: { accept: JSON_PAGE } });
  await fetch(`${mirror.url}/tuf/timestamp.json`);
  screen.say(`${OWN_PROJECT} 1.0 has a hole. Its next version is published, and you install it:`);
  await publishOwn(stage, "1.1");
  mirror.attackWith(honest);
  await stage.show(`countermark run -- pip install --target newest ${OWN_PROJECT}`, { keep: INSTALLED });
  screen.say("From now on the mirror shows what it recorded before that: nothing forged, every signature good.");
  mirror.attackWith(recording.replay(/^\/simple\/|\/timestamp\.json$/));
  const hidden = await stage.show(plainPip(mirror, "hidden", OWN_PROJECT), { keep: INSTALLED });
  mustSay(hidden, `${OWN_PROJECT}-1.0`);
  screen.bad("plain pip installs the version with the hole, and cannot know of another");
  await mustBeRefused(stage, OWN_PROJECT);
  screen.good("refused: you have seen newer metadata than this");
  mirror.attackWith(honest);
}

const SIGNED_PROJECT = "demo-signed";

/** Chapter 7: a developer releases, signed from end to end. */
export async function aDeveloperSigns(stage: Stage, { url, fingerprint }: Index): Promise<void> {
  const { screen } = stage;
  screen.chapter("A developer signs what they release, with seven words to remember");
  screen.say(
    "At a terminal the words are shown once, and typed. Here a file stands in for Dana's memory; it is read through a",
    "descriptor, so that no argument and no environment ever holds them. Dana has a home of her own.",
  );
  const { stdout } = await stage.show("countermark identity phrase");
  writeFileSync(stage.path("memory"), stdout, { mode: 0o600 });
  const login = `HOME=dana countermark login ${url}/ --root ${fingerprint} --account dana`;
  await stage.show(`${login} --passphrase-fd 3 3<memory`, { keep: /is made at/ });
  const wheel = makeWheel({ name: SIGNED_PROJECT, version: "1.0", source: `print("${SIGNED_PROJECT} 1.0")\n` });
  writeDistributions(stage.path("dist"), [wheel]);
  await stage.show(`HOME=dana countermark publish dist/${wheel.filename} --passphrase-fd 3 3<memory`);
  await stage.show(`countermark run -- pip install --target signed ${SIGNED_PROJECT}`, { keep: INSTALLED });
}

/** Chapter 8: the index is stolen whole, and forges a release of a project that is signed and of one that is not. */
export async function stealTheIndex(stage: Stage, { url, mirror }: Index): Promise<void> {
  const { screen } = stage;
  screen.chapter("Attack: the index is stolen whole: database, files, and every online key");
  screen.say(
    `The thief forges ${SIGNED_PROJECT} 9.0 and ${OWN_PROJECT} 9.0. Every signature is real: snapshot and timestamp fit.`,
  );
  const releases = [SIGNED_PROJECT, OWN_PROJECT].map((name) => {
    return { name, version: "9.0", file: makeWheel({ name, version: "9.0", source: ATTACK }) };
  });
  mirror.attackWith(await stealAndForge(url, { data: stage.path("index") }, releases));
  for (const { name } of releases) {
    await stage.show(plainPip(mirror, `stolen-${name}`, name), { keep: INSTALLED });
    mustSay(await stage.show(importing(`stolen-${name}`, name)), "attacker");
    screen.bad("plain pip installed the attacker's file");
  }
  await mustBeRefused(stage, SIGNED_PROJECT);
  screen.good("refused: you have seen who signs it, and this is not signed by them");
  screen.say("Until the next ceremony that holds for whoever has seen the project; from then on for everybody.");
  await stage.show(`countermark run -- pip install --target left-alone ${OWN_PROJECT}`, { keep: INSTALLED });
  mustSay(await stage.show(importing("left-alone", OWN_PROJECT)), "attacker");
  screen.bad(
    `${OWN_PROJECT} cannot be saved: nobody signs for it, so it rests on the index alone, and the run says so`,
  );
  mirror.attackWith(honest);
}

function importing(target: string, name: string): string {
  return `PYTHONPATH=${target} python -c "import ${name.replace("-", "_")}"`;
}

const OWN_PROJECT = "demo-login";

async function publishOwn(stage: Stage, version: string): Promise<void> {
  const folder = `${OWN_PROJECT}-${version}`;
  const source = `print("${OWN_PROJECT} ${version}")\n`;
  writeDistributions(stage.path(folder), [makeWheel({ name: OWN_PROJECT, version, source })]);
  await stage.show(`countermark-server import --data index ${folder}`, { keep: IMPORTED });
}

function plainPip(mirror: Mirror, target: string, name: string): string {
  return `pip install --index-url ${mirror.url}/simple/ --target ${target} ${name}`;
}

/** The version of a project that was put into the index. */
function versionIn(stage: Stage, name: string): string {
  const wheel = readdirSync(stage.path("packages")).find((filename) => filename.startsWith(`${name}-`));
  if (wheel === undefined) throw new StoryError(`there is no ${name} among the real packages`);
  return wheel.split("-")[1] ?? "";
}

/** The same command twice, while the mirror attacks: without Countermark, whose user is hit, and with it. */
async function playAttack(stage: Stage, mirror: Mirror, attack: Attack, name: string): Promise<void> {
  const { screen } = stage;
  mirror.attackWith(attack);
  await stage.show(plainPip(mirror, `attacked-${name}`, name), { keep: INSTALLED });
  const hit = await stage.show(`PYTHONPATH=attacked-${name} python -c "import ${name}"`);
  mustSay(hit, "attacker");
  screen.bad("plain pip installed the attacker's file");
  await mustBeRefused(stage, name);
  mirror.attackWith(honest);
}

/** The same installation through the agent: it fails, says why, and puts nothing anywhere. */
async function mustBeRefused(stage: Stage, name: string): Promise<void> {
  await stage.show(`countermark run -- pip install --target refused ${name}`, { keep: REFUSED, fails: true });
  if (existsSync(stage.path("refused"))) throw new StoryError(`something of ${name} was installed all the same`);
}

/** An attack that fails without Countermark, too, would prove nothing. */
function mustSay({ output }: Ending, text: string): void {
  if (!output.includes(text)) throw new StoryError(`without Countermark the attack did not succeed either:\n${output}`);
}

/** The end: what to try next. */
export function whatNext({ screen, seconds }: Stage, { fingerprint }: Index): void {
  screen.say(`That took ${seconds} seconds. Nothing is left running.`);
  screen.title("\nTry next");
  screen.say(
    "bin/countermark-server serve --data .demo/index",
    `bin/countermark trust http://127.0.0.1:8000/ --root ${fingerprint}`,
    "bin/countermark run -- pip install --target /tmp/try flask",
  );
  screen.say("The first one keeps running: give it a terminal of its own. README.md says what it all means.");
}
