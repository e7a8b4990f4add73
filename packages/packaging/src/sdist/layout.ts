import { PackagingError } from "../errors.ts";

/** The one folder at the top of an sdist, without slash. Throws `SDIST_LAYOUT`. */
export function topFolder(names: Iterable<string>): string {
  const tops = new Set<string>();
  for (const name of names) {
    const slash = name.indexOf("/");
    if (slash === -1) throw refuse("it has a file beside its top folder");
    tops.add(name.slice(0, slash));
  }
  const [top, other] = tops;
  if (top === undefined) throw refuse("it is empty");
  if (other !== undefined) throw refuse("it has more than one top folder");
  return top;
}

/** The refusal of what is not laid out as an sdist. */
export function refuse(reason: string): PackagingError {
  return new PackagingError("SDIST_LAYOUT", `not laid out as an sdist: ${reason}`, {
    hint: "an sdist has one NAME-VERSION folder with PKG-INFO in it (PEP 625, PEP 643)",
  });
}
