import { parseAccountName } from "@countermark/identity";
import { parseName } from "@countermark/packaging";
import { OPERATOR, type AuditLog } from "../audit-log/audit-log.ts";
import type { Clock } from "../clock.ts";
import { ServerError } from "../errors.ts";
import type { NameRule, NameStore } from "./name-store.ts";

export interface NamePorts {
  readonly names: NameStore;
  readonly audit: AuditLog;
  readonly clock: Clock;
}

/** What a reservation says. */
export interface Reservation {
  readonly exact: boolean;
  readonly imports: boolean;
  readonly accounts: readonly string[];
  readonly note: string;
}

/** Reserves a name, or adds to a reservation. Throws `PROJECT_NAME`, `IDENTITY_ACCOUNT`, `NO_ACCOUNT`. Returns the name. */
export async function reserveName(ports: NamePorts, text: string, wanted: Reservation): Promise<string> {
  const [name, accounts] = [parseName(text), wanted.accounts.map(parseAccountName)];
  const { exact, imports, note } = wanted;
  const since = ports.clock();
  const outcome = await ports.names.put({ kind: "reserved", name, exact, imports, accounts, note, since });
  if (outcome === "no-account") {
    throw new ServerError("NO_ACCOUNT", `one of the accounts ${accounts.join(", ")} is not there`, {
      hint: "'countermark-server account list' shows all accounts",
    });
  }
  const detail = { exact, imports, accounts, note };
  await ports.audit.append({ at: since, actor: OPERATOR, action: "name.reserve", subject: name, detail });
  return name;
}

/** Prohibits names. All of them are checked before the first is written. Throws `PROJECT_NAME`. */
export async function prohibitNames(
  { names, audit, clock }: NamePorts,
  texts: readonly string[],
  note: string,
): Promise<readonly string[]> {
  const wanted = [...new Set(texts.map(parseName))];
  for (const name of wanted) {
    const since = clock();
    await names.put({ kind: "prohibited", name, exact: true, imports: false, accounts: [], note, since });
    await audit.append({ at: since, actor: OPERATOR, action: "name.prohibit", subject: name, detail: { note } });
  }
  return wanted;
}

/** Takes back what is said of a name. Throws `PROJECT_NAME`, `NO_NAME_RULE`. Returns what it was. */
export async function releaseName(ports: NamePorts, text: string): Promise<readonly NameRule["kind"][]> {
  const name = parseName(text);
  const gone: NameRule["kind"][] = [];
  for (const kind of ["reserved", "prohibited"] as const) if (await ports.names.remove(kind, name)) gone.push(kind);
  if (gone.length === 0) {
    throw new ServerError("NO_NAME_RULE", `${name} is neither reserved nor prohibited here`, {
      hint: "'countermark-server name list' shows all rules",
    });
  }
  const detail = { was: gone };
  await ports.audit.append({ at: ports.clock(), actor: OPERATOR, action: "name.release", subject: name, detail });
  return gone;
}
