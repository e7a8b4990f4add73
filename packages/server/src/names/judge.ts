import { confusableForm, lookalikeForm } from "@countermark/packaging";
import { ServerError } from "../errors.ts";
import type { Beginner, NameBar, NameRule } from "./name-store.ts";

/**
 * Names that nobody begins, whatever the operator says of others: our own tools, which guides tell people to install,
 * and what `pip install requirements.txt` asks for when `-r` was forgotten. An exact reservation lifts it.
 */
const NEVER = new Set(
  ["countermark", "countermark-server", "countermark-guardian", "requirements-txt", "rrequirements-txt"].map(
    confusableForm,
  ),
);

/** What a rule is found by: how its name begins another, and how it looks as a whole. */
export function lookOf(name: string): { readonly look: string; readonly whole: string } {
  return { look: lookalikeForm(name), whole: confusableForm(name) };
}

/** What the rules that can be about a name look like: one of the heads, or the same whole. */
export function looksOf(project: string): { readonly heads: readonly string[]; readonly whole: string } {
  const parts = lookalikeForm(project).split("-");
  return { heads: parts.map((_, last) => parts.slice(0, last + 1).join("-")), whole: confusableForm(project) };
}

/**
 * Whether somebody may begin a project: reservations (after PEP 752) first, the most specific one counting, then
 * prohibitions, then names that look alike. Who holds an exact reservation has the operator's word for all of it.
 *
 * @param rules those found by {@link looksOf}
 * @param twin a project that is here and looks the same
 */
export function judgeName(
  project: string,
  by: Beginner,
  rules: readonly NameRule[],
  twin: string | undefined,
): NameBar | undefined {
  const reservation = mostSpecific(project, rules);
  if (reservation !== undefined) {
    if (!isFor(reservation, by)) return reserved(project, reservation);
    if (reservation.exact) return undefined;
  }
  const look = confusableForm(project);
  if (NEVER.has(look) || rules.some((rule) => rule.kind === "prohibited" && confusableForm(rule.name) === look)) {
    return {
      code: "NAME_PROHIBITED",
      reason: `this index takes no project called ${project}`,
      hint: "choose another name; the operator of this index can reserve the name for somebody",
    };
  }
  if (twin === undefined) return undefined;
  return {
    code: "NAME_CONFUSABLE",
    reason: `the name ${project} looks too much like ${twin}, which is here`,
    hint: "choose a name that differs in more than hyphens, 0 and o, or 1, i and l",
  };
}

/** The bar as an error. */
export function barred({ code, reason, hint }: NameBar): ServerError {
  return new ServerError(code, reason, { hint });
}

function mostSpecific(project: string, rules: readonly NameRule[]): NameRule | undefined {
  const isWhole = ({ name }: NameRule): boolean => confusableForm(name) === confusableForm(project);
  const about = rules.filter((rule) => rule.kind === "reserved" && (!rule.exact || isWhole(rule)));
  // An exact one is as long as the name itself: only a prefix of the same length can tie with it.
  const weight = ({ name, exact }: NameRule): number => 2 * name.length + (exact ? 1 : 0);
  return about.sort((a, b) => weight(b) - weight(a))[0];
}

function isFor({ imports, accounts }: NameRule, by: Beginner): boolean {
  return by === "operator" ? imports : accounts.includes(by.account);
}

function reserved(project: string, { name, exact }: NameRule): NameBar {
  const what = exact ? `the name ${name} is reserved` : `names that begin with ${name} are reserved`;
  return {
    code: "NAME_RESERVED",
    reason: `${project} cannot begin here: ${what}`,
    hint: "choose another name, or ask the operator of this index to reserve it for you too",
  };
}
