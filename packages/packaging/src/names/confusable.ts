/**
 * What a normalised name looks like to somebody in a hurry: `i` and `l` as `1`, `o` as `0`. Separators stay, so that
 * names under one prefix still begin with it.
 */
export function lookalikeForm(name: string): string {
  return name.replace(/[il]/g, "1").replaceAll("o", "0");
}

/**
 * The form in which two normalised names must differ to be told apart: {@link lookalikeForm} without separators. PyPI
 * compares new names by the same folding (`ultranormalize_name` of its database).
 */
export function confusableForm(name: string): string {
  return lookalikeForm(name).replaceAll("-", "");
}
