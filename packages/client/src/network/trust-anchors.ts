import { readFileSync } from "node:fs";
import type { SecureContext } from "node:tls";
import { ClientError, systemCode } from "../errors.ts";
import { AUTHORITIES_FILES } from "../platform.ts";
import { nodeTls } from "./node-http.ts";

/** Most bytes of a file of certificates. */
const MAX_BYTES = 16 * 1024 * 1024;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Files of a user's own authorities: what tools take in place of, or beside, the system's. */
const OWN_FILES = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];

/**
 * The authorities that vouch for servers on this machine, as PEM: the system's (Mozilla's, as Node brings them, where it has
 * none), those of `SSL_CERT_FILE` and `NODE_EXTRA_CA_CERTS`, and the one of the settings.
 * @param own path of the settings' file
 * @throws ClientError `CONFIG_INVALID` when `own` cannot be used
 */
export function trustAnchors(own: string | undefined, env: NodeJS.ProcessEnv = process.env): readonly string[] {
  const system = systemAnchors();
  const named = OWN_FILES.flatMap((name) => certificatesIn(env[name] ?? "") ?? []);
  const configured = own === undefined ? [] : certificatesIn(own);
  if (configured === undefined || (own !== undefined && configured.length === 0)) {
    throw new ClientError("CONFIG_INVALID", `${own ?? ""} holds no certificate that could be read`, {
      hint: "`ca` in countermark.toml names a PEM file of your company's authority",
    });
  }
  return [...new Set([...(system.length > 0 ? system : nodeTls().rootCertificates), ...named, ...configured])];
}

/** The same, ready to verify servers with. */
export function verifyingContext(own: string | undefined, env?: NodeJS.ProcessEnv): SecureContext {
  return nodeTls().createSecureContext({ ca: [...trustAnchors(own, env)] });
}

function systemAnchors(): readonly string[] {
  for (const file of AUTHORITIES_FILES) {
    const found = certificatesIn(file) ?? [];
    if (found.length > 0) return found;
  }
  return nodeTls().getCACertificates("system");
}

/** The PEM certificates of a file; `undefined` when it cannot be read. */
function certificatesIn(file: string): readonly string[] | undefined {
  if (file === "") return [];
  try {
    const text = readFileSync(file, "utf8");
    return text.length > MAX_BYTES ? [] : (text.match(CERTIFICATE) ?? []);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}
