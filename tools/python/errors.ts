/** A machine that lacks something, or a registry that does not answer: said with a hint, without a stack. */
export class SetUpError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SetUpError";
    this.hint = hint;
  }
}
