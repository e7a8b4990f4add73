/**
 * Preloaded (`--import`) into a command under test, it moves that process's clock by `TEST_CLOCK_SHIFT_MS`: what the
 * command will do in some days can be seen today. The product itself has no such switch.
 */
const shift = Number(process.env["TEST_CLOCK_SHIFT_MS"] ?? 0);
const RealDate = Date;
const realNow = Date.now.bind(Date);

globalThis.Date = class extends RealDate {
  constructor(...args: [] | [number | string | Date]) {
    super(args.length === 0 ? realNow() + shift : args[0]);
  }

  static override now(): number {
    return realNow() + shift;
  }
} as DateConstructor;
