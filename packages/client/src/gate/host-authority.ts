import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import {
  bitString,
  context,
  contextConstructed,
  integer,
  isTrue,
  octetString,
  oid,
  sequence,
  set,
  time,
  utf8,
} from "./der.ts";

/** How long before it was made a certificate counts: clocks within a machine differ by less. */
const BACKDATED_MS = 60 * 60_000;
/** Longest that a run may take: afterwards its child believes nobody any more. */
const LIFETIME_MS = 7 * 24 * 60 * 60_000;

const OID = {
  commonName: "2.5.4.3",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  subjectKeyId: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  authorityKeyId: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
} as const;
/** Bits of KeyUsage (RFC 5280, 4.2.1.3), counted from the left: `keyCertSign` is bit 5, `digitalSignature` bit 0. */
const KEY_CERT_SIGN = bitString(Buffer.from([0b0000_0100]), 2);
const DIGITAL_SIGNATURE = bitString(Buffer.from([0b1000_0000]), 7);
/** Tags of a GeneralName (RFC 5280, 4.2.1.6). */
const DNS_NAME = 2;
const IP_ADDRESS = 7;

/** What a TLS server shows and proves itself with, both PEM. */
export interface ServerIdentity {
  readonly key: string;
  readonly certificate: string;
}

/** A certificate authority that lives in memory and may speak for the indexes' hosts alone. */
export interface HostAuthority {
  /** PEM. All of it that may leave this process. */
  readonly certificate: string;
  /** Makes a server's identity. One for another host can be made, and no client takes it. */
  issue(host: string): ServerIdentity;
}

/**
 * Makes an authority for one run (ECDSA P-256). Its certificate says, critically, that it may vouch for `hosts` alone
 * (RFC 5280, 4.2.1.10): whoever stole its key from this process's memory could lie to this run's child about these hosts, and
 * to nobody about anything else.
 * @param hosts at least one: DNS names, or IP addresses without brackets
 * @param now this machine's clock, in milliseconds since the epoch
 */
export function makeHostAuthority(hosts: readonly [string, ...string[]], now: number): HostAuthority {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const id = keyId(publicKey);
  const name = distinguishedName("countermark, for one run");
  const common = { issuer: name, signer: privateKey, now };
  const extensions = [
    extension(OID.basicConstraints, sequence(isTrue(), integer(Buffer.from([0]))), "critical"),
    extension(OID.keyUsage, KEY_CERT_SIGN, "critical"),
    extension(OID.nameConstraints, onlyFor(hosts), "critical"),
    extension(OID.subjectKeyId, octetString(id)),
  ];
  const issue = (subject: string): ServerIdentity => {
    const pair = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    const leaf = [
      extension(OID.keyUsage, DIGITAL_SIGNATURE, "critical"),
      extension(OID.extendedKeyUsage, sequence(oid(OID.serverAuth))),
      extension(OID.subjectAltName, sequence(generalName(subject))),
      extension(OID.subjectKeyId, octetString(keyId(pair.publicKey))),
      extension(OID.authorityKeyId, sequence(context(0, id))),
    ];
    return {
      key: pair.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
      // The host stands in the alternative name alone: a common name would count as a second name.
      certificate: certify({
        ...common,
        subject: distinguishedName("index"),
        publicKey: pair.publicKey,
        extensions: leaf,
      }),
    };
  };
  return { certificate: certify({ ...common, subject: name, publicKey, extensions }), issue };
}

interface Certificate {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly signer: KeyObject;
  readonly now: number;
}

/** RFC 5280, 4.1. */
function certify({ issuer, subject, publicKey, extensions, signer, now }: Certificate): string {
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(15)]); // positive, and never with a zero in front
  const toBeSigned = sequence(
    contextConstructed(0, integer(Buffer.from([2]))), // version 3
    integer(serial),
    algorithm,
    issuer,
    sequence(time(now - BACKDATED_MS), time(now + LIFETIME_MS)),
    subject,
    spki(publicKey),
    contextConstructed(3, sequence(...extensions)),
  );
  const certificate = sequence(toBeSigned, algorithm, bitString(sign("sha256", toBeSigned, signer)));
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function extension(id: string, value: Buffer, critical?: "critical"): Buffer {
  return sequence(oid(id), ...(critical === undefined ? [] : [isTrue()]), octetString(value));
}

/**
 * A kind of name that no constraint speaks of is free (RFC 5280, 4.2.1.10), so where no host is of a kind, all names of that
 * kind are excluded.
 */
function onlyFor(hosts: readonly string[]): Buffer {
  const everyAddress = [8, 32].map((length) => sequence(context(IP_ADDRESS, Buffer.alloc(length))));
  const everyName = [sequence(context(DNS_NAME, Buffer.alloc(0)))];
  const areNames = hosts.map((host) => isIP(host) === 0);
  const excluded = [...(areNames.includes(false) ? [] : everyAddress), ...(areNames.includes(true) ? [] : everyName)];
  return sequence(
    contextConstructed(0, ...hosts.map((host) => sequence(subtree(host)))),
    ...(excluded.length > 0 ? [contextConstructed(1, ...excluded)] : []),
  );
}

/** A name, or an address with the mask that leaves it alone. */
function subtree(host: string): Buffer {
  if (isIP(host) === 0) return generalName(host);
  const address = addressBytes(host);
  return context(IP_ADDRESS, Buffer.concat([address, Buffer.alloc(address.length, 0xff)]));
}

function generalName(host: string): Buffer {
  return isIP(host) === 0 ? context(DNS_NAME, Buffer.from(host)) : context(IP_ADDRESS, addressBytes(host));
}

/** The 4 or 16 bytes of an IP address. */
function addressBytes(host: string): Buffer {
  if (isIP(host) === 4) return Buffer.from(host.split(".").map(Number));
  // A URL's host is the one form in which an IPv6 address has no dotted part left (WHATWG URL, 3.5).
  const [left = "", right = ""] = new URL(`http://[${host}]/`).hostname.slice(1, -1).split("::");
  const [head, tail] = [left, right].map((part) => (part === "" ? [] : part.split(":"))) as [string[], string[]];
  const zeros = Array<string>(8 - head.length - tail.length).fill("0");
  return Buffer.from([...head, ...zeros, ...tail].map((group) => group.padStart(4, "0")).join(""), "hex");
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(oid(OID.commonName), utf8(commonName))));
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: "spki", format: "der" });
}

function keyId(key: KeyObject): Buffer {
  return createHash("sha256").update(spki(key)).digest().subarray(0, 20);
}
