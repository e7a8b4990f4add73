/**
 * What one guess costs at full price: Argon2id moves each of its 256 MiB eight times (RFC 9106: written once in the first
 * pass, then read and written), 2 GiB. An accelerator with 5 TB/s of memory bandwidth makes 2,330 guesses a second of that;
 * rented at one dollar an hour, 8.4 million for a dollar. Rounded in favour of whoever guesses.
 */
export const GUESSES_PER_DOLLAR = 10_000_000;
export const GUESSES_PER_ACCELERATOR_SECOND = 2_500;

const SECONDS_PER_YEAR = 365.25 * 24 * 3600;

/** What it takes to guess a passphrase, on average: half of the guesses that find it for certain. */
export interface GuessingCost {
  /** Logarithm to base 2 of the guesses. */
  readonly bits: number;
  readonly dollars: number;
  /** Years for one accelerator; a thousand of them take a thousandth. */
  readonly acceleratorYears: number;
}

/** The cost where 2^`bits` guesses find the passphrase for certain. */
export function guessingCost(bits: number): GuessingCost {
  const average = 2 ** (bits - 1);
  return {
    bits,
    dollars: average / GUESSES_PER_DOLLAR,
    acceleratorYears: average / GUESSES_PER_ACCELERATOR_SECOND / SECONDS_PER_YEAR,
  };
}
