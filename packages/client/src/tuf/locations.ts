import { ClientError } from "../errors.ts";
import { quote } from "./safe-name.ts";

/** What a path segment may hold beside what `quote` leaves, in the same meaning (RFC 3986, 3.3). */
const PLAIN_IN_SEGMENT = /%(21|24|26|27|28|29|2A|2C|3B|3D|40)/g;

/**
 * A folder on a web server, ending in a slash. What the user wrote behind a `?` or `#` belongs to no folder.
 * @throws ClientError `USAGE`
 */
export function readBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    throw new ClientError("USAGE", `${text} is not the http or https address of a folder`);
  }
  return url.href.endsWith("/") ? url.href : `${url.href}/`;
}

/** Where a role's file lies below the metadata URL (TUF 6.2). Role names are opaque: none of them leaves that folder. */
export function roleLocation(role: string, version: number | undefined): string {
  return version === undefined ? `${quote(role)}.json` : `${version}.${quote(role)}.json`;
}

/**
 * Where a target lies below the target URL: as `<hash>.<name>` in its folder where the repository keeps consistent
 * snapshots (TUF 6.2).
 * @throws ClientError `USAGE` for a path that an address cannot say: every reader of addresses takes `..` for a step up
 */
export function targetLocation(path: string, digest: string | undefined): string {
  const segments = path.split("/");
  const last = segments.pop() ?? "";
  segments.push(digest === undefined ? last : `${digest}.${last}`);
  if (path === "" || segments.includes(".") || segments.includes("..")) {
    throw new ClientError("USAGE", `the target ${JSON.stringify(path)} has no address below the target URL`);
  }
  const quoted = segments.map((segment) => quote(segment).replace(PLAIN_IN_SEGMENT, decodeURIComponent)).join("/");
  // What begins with a slash would else be an address from the root, or of another host.
  return quoted.startsWith("/") ? `./${quoted}` : quoted;
}
