import type { DelegatedRole, SuccinctRoles } from "../metadata/model.ts";

/** The bin of a target path by its SHA-256 in hex: the first `bitLength` bits of it (TAP 15). */
export function binOf(roles: SuccinctRoles, pathHash: string): DelegatedRole {
  const first32 = Number.parseInt(pathHash.slice(0, 8), 16);
  return bin(roles, Math.floor(first32 / 2 ** (32 - roles.bitLength)));
}

/** The bin of a role name, `undefined` for a name that is none of the bins (TAP 15). */
export function binNamed(roles: SuccinctRoles, name: string): DelegatedRole | undefined {
  const prefix = `${roles.namePrefix}-`;
  if (!name.startsWith(prefix)) return undefined;
  const suffix = name.slice(prefix.length);
  if (!/^[0-9a-f]+$/.test(suffix) || suffix.length !== suffixLength(roles)) return undefined;
  const number = Number.parseInt(suffix, 16);
  return number < 2 ** roles.bitLength ? bin(roles, number) : undefined;
}

function suffixLength({ bitLength }: SuccinctRoles): number {
  return Math.ceil(bitLength / 4);
}

/** A bin as the delegation that it is: terminating, since each path has exactly one. */
function bin(roles: SuccinctRoles, number: number): DelegatedRole {
  const { keyIds, threshold, unknown, namePrefix, bitLength } = roles;
  const digits = suffixLength(roles);
  const hex = (value: number) => value.toString(16).padStart(digits, "0");
  const prefixesPerBin = 2 ** (digits * 4 - bitLength);
  const pathHashPrefixes = Array.from({ length: prefixesPerBin }, (_, i) => hex(number * prefixesPerBin + i));
  return { name: `${namePrefix}-${hex(number)}`, keyIds, threshold, unknown, terminating: true, pathHashPrefixes };
}
