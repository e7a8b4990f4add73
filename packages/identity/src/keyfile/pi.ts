/** More than are asked for, so that rounding does not reach them. */
const GUARD_BITS = 64;

/** The first `bits` binary digits of pi behind the point, by Machin's formula: pi = 16 atan(1/5) - 4 atan(1/239). */
export function fractionOfPi(bits: number): bigint {
  const one = 1n << BigInt(bits + GUARD_BITS);
  const pi = 16n * arctanOfInverse(5n, one) - 4n * arctanOfInverse(239n, one);
  return (pi - 3n * one) >> BigInt(GUARD_BITS);
}

/** atan(1/x) in units of 1/`one`: 1/x - 1/3x^3 + 1/5x^5 - … */
function arctanOfInverse(x: bigint, one: bigint): bigint {
  let sum = 0n;
  let power = one / x;
  for (let divisor = 1n; power !== 0n; divisor += 2n) {
    sum += divisor % 4n === 1n ? power / divisor : -(power / divisor);
    power /= x * x;
  }
  return sum;
}
