import { isSecret } from "../agent/secret.ts";

/** The user name that stands before the run's secret in the proxy's URL. */
export const USER = "countermark";

/** Whether `Proxy-Authorization` carries the run's secret: Basic, the only scheme that every tool takes from a URL. */
export function hasCredentials(header: string | undefined, secret: string): boolean {
  const [scheme = "", encoded = "", ...rest] = (header ?? "").split(" ");
  if (scheme.toLowerCase() !== "basic" || rest.length > 0) return false;
  return isSecret(Buffer.from(encoded, "base64").toString(), `${USER}:${secret}`);
}
