import { RepositoryError, type RepositoryErrorCode } from "@countermark/repository";

/** For `assert.throws`: the error is a refusal with just this code, and its message reads like one. */
export function refusal(code: RepositoryErrorCode, message?: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof RepositoryError &&
    error.code === code &&
    !error.message.endsWith(".") &&
    (message === undefined || message.test(error.message));
}
