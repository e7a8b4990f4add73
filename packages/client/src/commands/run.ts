import { SIMPLE_FOLDER } from "@countermark/repository/verifying";
import { IndexSite, SiteRecord } from "../agent/index-site.ts";
import type { UploadCollector } from "../agent/upload-collector.ts";
import { AllowedHosts } from "../gate/allowed-hosts.ts";
import { Gate } from "../gate/gate.ts";
import type { ShownIndex } from "../gate/index-front.ts";
import { WayOut } from "../gate/way-out.ts";
import { readProxies } from "../network/proxies.ts";
import { trustAnchors, verifyingContext } from "../network/trust-anchors.ts";
import { runChild } from "../run/child.ts";
import { guardedEnvironment, pdmSettings, type IndexUrls } from "../run/environment.ts";
import { makeRunFolder } from "../run/run-folder.ts";
import { requireNoToolProxy } from "../run/tool-proxy.ts";
import type { Session } from "../session.ts";
import type { PinnedRepository } from "../verify/state/trust-store.ts";
import type { SignedUploads } from "./signed-uploads.ts";
import { openSessionOf } from "./open-session.ts";
import { proposeFloor } from "./propose-floor.ts";
import { formatError, formatWarning, say } from "./report.ts";
import { warnOfExpiry } from "./warn-of-expiry.ts";
import { requireNotObserving, tellTolerated, warnOfObserving } from "./warn-of-observing.ts";

/** Exit code of a run in which something of the index was refused although the command itself was content. */
const REFUSED = 1;
/** git's port where it speaks ssh. */
const SSH_PORT = 22;

/** What `countermark run` was asked for. */
export interface RunOptions {
  readonly index?: string;
  /** What signs the command's uploads once it has ended; without it uploads are refused. */
  readonly signing?: SignedUploads;
  /** Hosts that the command may reach besides the index, `HOST` or `HOST:PORT`. */
  readonly allow?: readonly string[];
  /** Whether to work from what was verified and fetched before, and to ask no index. */
  readonly offline?: boolean;
}

/**
 * Runs a command whose only way out is a gate to the verified index, then tells what it was refused and how far what it got
 * is protected. Returns the exit code: the command's own, but never 0 when something asked of the index was refused. Other
 * hosts that the command was kept from are told alone: it may well do without them.
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<number> {
  const asked = new AllowedHosts(options.allow ?? []);
  await requireNoToolProxy(process.env, process.cwd(), args);
  const session = await openSessionOf(options);
  try {
    if (options.signing !== undefined) requireNotObserving(session);
    warnOfObserving(session);
    warnOfExpiry(session);
    const settled = new AllowedHosts(session.configuration.user.allowedHosts);
    return await runGuarded(session, AllowedHosts.of(asked, settled), [command, ...args], options.signing);
  } finally {
    await session.close();
  }
}

async function runGuarded(
  session: Session,
  allowed: AllowedHosts,
  [command, ...args]: readonly [string, ...string[]],
  signing: SignedUploads | undefined,
): Promise<number> {
  const indexes = shownIndexes(session, signing);
  const [{ base, site }] = indexes;
  const { user, observing } = session.configuration;
  const trust = () => verifyingContext(user.ca);
  const gate = await Gate.open({
    ...{ indexes, allowed, observing, now: Date.now() },
    wayOut: new WayOut(readProxies(process.env), trust),
  });
  // Where only the gate can be reached, only the gate is to be believed: a tool that goes past it believes nobody there.
  const others = !allowed.none || observing;
  const indexUrls = pagesOf(indexes);
  const certificates = [...(others ? trustAnchors(user.ca) : []), gate.authority];
  const { remove, ...files } = await makeRunFolder(certificates, pdmSettings(indexUrls));
  try {
    const env = guardedEnvironment(process.env, {
      ...{ indexUrls, proxyUrl: gate.url, ...files },
      ...{ others, ssh: observing || allowed.hasPort(SSH_PORT) },
    });
    const code = await runChild(command, args, { ...env, ...(await signing?.settings(base, site)) });
    if (site.bugs.length > 0) throw site.bugs[0];
    await tell(session, gate, site.record);
    await proposeFloor(session);
    return code === 0 && site.refusals.all.length > 0 ? REFUSED : code;
  } finally {
    await Promise.all([gate.close(), remove()]);
  }
}

/** Each index under its own address, with the pages and files of the names that belong to it alone. */
function shownIndexes(session: Session, signing: SignedUploads | undefined): readonly [ShownIndex, ...ShownIndex[]] {
  const record = new SiteRecord();
  const show = ({ id, url }: PinnedRepository, uploads?: UploadCollector): ShownIndex => ({
    base: new URL(url),
    site: new IndexSite(
      {
        index: async (project) => (await session.open(project)).index,
        elsewhere(project) {
          const owner = session.owner(project);
          return owner.id === id ? undefined : owner.url;
        },
        ...(uploads && { uploads }),
      },
      record,
    ),
  });
  const [first, ...others] = session.repositories;
  return [show(first, signing?.uploads), ...others.map((other) => show(other))];
}

function pagesOf([first, ...others]: readonly [ShownIndex, ...ShownIndex[]]): IndexUrls {
  const pages = ({ base }: ShownIndex): string => base.href + SIMPLE_FOLDER;
  return [pages(first), ...others.map(pages)];
}

/** Installers hide most reasons, each in its own way: this is the one place where every user sees them all. */
async function tell(session: Session, { warnings }: Gate, { refusals, protection }: SiteRecord): Promise<void> {
  for (const { subject, error } of warnings.all) process.stderr.write(formatWarning(error, subject));
  for (const warning of await session.warnings()) say(`countermark: warning: ${warning}`);
  tellTolerated(session);
  for (const { subject, error } of refusals.all) process.stderr.write(formatError(error, subject));
  if (protection.line !== undefined) say(`countermark: ${protection.line}`);
}
