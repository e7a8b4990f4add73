import { gunzipSync, gzipSync } from "node:zlib";
import { BOUNDARY, encodeForm, partsFor, type Part } from "../../packages/server/test/upload/form.ts";
import type { Random } from "../conformance/differential/generate/random.ts";
import { makeSdist, makeWheel, type Distribution } from "../harness/distributions/distributions.ts";

/** An upload as bytes on a wire, in the pieces in which they are written. */
export interface MutatedUpload {
  readonly pieces: readonly Buffer[];
  /** Whether it has all the bytes that it announces: an answer comes without saying that nothing more will. */
  readonly isWhole: boolean;
  /** What was done to it, for whoever looks into a finding. */
  readonly done: readonly string[];
}

/** Text that readers of forms, names, versions and paths have stumbled over. */
const TRICKS = [
  ...["", " ", "\0", "\n", "\r\n", "\r\n\r\n", "\t", "\x1b[2J", "\u2028", "\ufeff", "\u202egnp.exe", "\ud83d\ude00"],
  ...["../../etc/passwd", "..\\..\\x", "/x", "C:\\x", ".", "..", "~", "%2e%2e%2f", "x/../y", "\u2024\u2024/", "a\0b"],
  ...["-", "_", "--", "__proto__", "constructor", "toString", "NUL", "con", "aux.tar.gz", "İ", "ﬁ", "ſ", "Å", "\u0430"],
  ...[
    "1",
    "1.0",
    "v1.0",
    "1!1.0",
    "1.0.post1.dev2+x",
    "00001.0",
    "1.0 ",
    "1_0",
    "١.٠",
    "9".repeat(400),
    "1".repeat(5000),
  ],
  ...["foo-1.0.tar.gz", "foo-1.0.zip", "foo-1.0-py3-none-any.whl", "foo-1.0-1-py3-none-any.whl", ".whl", "-.tar.gz"],
  ...["UNKNOWN", "null", "true", "[]", "{}", "'; drop table file; --", "${x}", "<script>", "x".repeat(70_000)],
];
/** Pieces that mean something in a form. */
const MARKS = [
  ...["\r\n", "\n", "\0", `--${BOUNDARY}`, `\r\n--${BOUNDARY}--`, `\r\n--${BOUNDARY}\r\n`, "--", "\r\n\r\n", '"', ";"],
  `\r\n--${BOUNDARY}\r\nContent-Disposition: form-data; name="content"; filename="a-1.0-py3-none-any.whl"\r\n\r\n`,
  `\r\n--${BOUNDARY}\r\nContent-Disposition: form-data; name="name"\r\n\r\nother`,
  `\r\n--${BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\n`,
  `Content-Type: multipart/mixed; boundary=x\r\n`,
  `Content-Transfer-Encoding: base64\r\n`,
];
/** Bytes that mean something in an archive. */
const RECORDS = [
  "PK\x01\x02",
  "PK\x03\x04",
  "PK\x05\x06",
  "PK\x06\x06",
  "PK\x06\x07",
  "PK\x07\x08",
  "\x1f\x8b\x08",
  "ustar\0" + "00",
];

/** An upload as some tool sends it, with a change, or a few, on any level: archive, fields, form, request. */
export function mutatedUpload(random: Random, authorization: string): MutatedUpload {
  const done: string[] = [];
  const level = random.pick(["archive", "archive", "fields", "fields", "form", "request", "several"]);
  const at = (...levels: readonly string[]): boolean =>
    levels.includes(level) || (level === "several" && random.chance(0.5));
  let file = original(random);
  if (at("archive")) file = archiveChanged(file, random, done);
  let parts: readonly Part[] = styled(partsFor(file, fieldsOf(random)), random);
  if (at("fields")) for (let n = random.between(1, 3); n > 0; n -= 1) parts = fieldsChanged(parts, random, done);
  let body = encodeForm(parts);
  if (at("form")) for (let n = random.between(1, 4); n > 0; n -= 1) body = formChanged(body, random, done);
  const isWhole = !at("request");
  const request = requestOf(body, authorization, isWhole ? undefined : random, done);
  return { pieces: inPieces(request, random), isWhole, done };
}

/** A file of a project that others of the run have, or of a new one. */
function original(random: Random): Distribution {
  const serial = random.below(1_000_000);
  const name = random.chance(0.5) ? `mutated-${random.below(5)}` : `fresh-${serial}`;
  const what = { name, version: random.chance(0.3) ? "1.0" : `${serial}.0`, requires: ["click"] };
  return random.chance(0.6) ? makeWheel(what) : makeSdist(what);
}

/** What different tools say beside what they must. */
function fieldsOf(random: Random): Readonly<Record<string, string>> {
  if (random.chance(0.4)) return {};
  return {
    requires_dist: "click",
    ...(random.chance(0.5) && { author: "UNKNOWN", home_page: "", summary: "", comment: "" }),
    ...(random.chance(0.5) && { attestations: "[]" }),
    metadata_version: "2.1",
  };
}

/** The order of parts is the tools' own. */
function styled(parts: readonly Part[], random: Random): readonly Part[] {
  const [content] = parts.slice(-1);
  if (content === undefined || random.chance(0.6)) return parts;
  return [...parts.slice(0, 3), content, ...parts.slice(3, -1)];
}

function archiveChanged(file: Distribution, random: Random, done: string[]): Distribution {
  const packed = file.filename.endsWith(".gz") && random.chance(0.6);
  let bytes: Buffer = packed ? gunzipSync(file.bytes) : file.bytes;
  for (let n = random.between(1, 3); n > 0; n -= 1) bytes = bytesChanged(bytes, random, RECORDS, done);
  return { filename: file.filename, bytes: packed ? gzipSync(bytes) : bytes };
}

function formChanged(body: Buffer, random: Random, done: string[]): Buffer {
  return bytesChanged(body, random, MARKS, done);
}

function bytesChanged(bytes: Buffer, random: Random, words: readonly string[], done: string[]): Buffer {
  const from = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, from + random.between(1, random.pick([4, 64, 4096])));
  const [before, piece, behind] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)];
  const kind = random.pick(["flip", "word", "overwrite", "cut", "repeat", "end", "append"]);
  done.push(`${kind} at ${from} to ${to} of ${bytes.length}`);
  const word = Buffer.from(random.pick(words), "latin1");
  switch (kind) {
    case "flip":
      return Buffer.concat([before, Buffer.from(piece.map((byte) => byte ^ (1 << random.below(8)))), behind]);
    case "word":
      return Buffer.concat([before, word, piece, behind]);
    case "overwrite":
      return Buffer.concat([before, word, bytes.subarray(Math.min(bytes.length, from + word.length))]);
    case "cut":
      return Buffer.concat([before, behind]);
    case "repeat":
      return Buffer.concat([before, piece, piece, behind]);
    case "end":
      return Buffer.from(before);
    default:
      return Buffer.concat([bytes, word]);
  }
}

function fieldsChanged(parts: readonly Part[], random: Random, done: string[]): readonly Part[] {
  const index = random.below(parts.length);
  const part = parts[index] ?? { name: "x", value: "" };
  const kind = random.pick([
    "drop",
    "twice",
    "rename",
    "value",
    "filename",
    "as file",
    "as field",
    "header",
    "swap",
    "more",
  ]);
  done.push(`${kind} ${part.name}`);
  const put = (...instead: readonly Part[]): readonly Part[] => [
    ...parts.slice(0, index),
    ...instead,
    ...parts.slice(index + 1),
  ];
  const trick = random.pick(TRICKS);
  switch (kind) {
    case "drop":
      return put();
    case "twice":
      return put(part, { ...part, value: random.chance(0.5) ? part.value : trick });
    case "rename":
      return put({
        ...part,
        name: random.pick([trick, "name", "version", "content", "gpg_signature", ":action", "filetype"]),
      });
    case "value":
      return put({ ...part, value: trick });
    case "filename":
      return parts.map((each) =>
        each.filename === undefined
          ? each
          : { ...each, filename: random.pick([trick, `${trick}.whl`, `${each.filename}${trick}`]) },
      );
    case "as file":
      return put({ ...part, filename: trick });
    case "as field":
      return parts.map(({ filename: _filename, ...each }) => each);
    case "header":
      return put({
        ...part,
        headers: [
          random.pick([
            "Content-Type: text/plain; charset=utf-16",
            "Content-Type: ;;;",
            "Content-Transfer-Encoding: base64",
            `X: ${trick}`,
            ": x",
            "Content-Disposition: form-data; name=twice",
          ]),
        ],
      });
    case "swap":
      return random.shuffled(parts);
    default:
      return [
        ...Array.from({ length: random.pick([1, 50, 5000]) }, (_, n) => ({ name: `f${n}`, value: trick.slice(0, 10) })),
        ...parts,
      ];
  }
}

/** A request as bytes. With `random` something about it is changed. */
function requestOf(body: Buffer, authorization: string, random: Random | undefined, done: string[]): Buffer {
  const head: [string, string][] = [
    ["Host", "localhost"],
    ["Authorization", authorization],
    ["Content-Type", `multipart/form-data; boundary=${BOUNDARY}`],
    ["Content-Length", String(body.length)],
    ["Accept", "application/json;q=0.9, text/plain;q=0.8"],
    ["Connection", "close"],
  ];
  let line = "POST /legacy/ HTTP/1.1";
  let sent = body;
  if (random !== undefined) {
    const change = random.pick(REQUEST_CHANGES);
    done.push(change.name);
    ({ line = line, sent = sent } = change.apply({ head, body, random }));
  }
  const lines = [line, ...head.map(([name, value]) => `${name}: ${value}`), "", ""].join("\r\n");
  return Buffer.concat([Buffer.from(lines, "latin1"), sent]);
}

interface Changing {
  readonly head: [string, string][];
  readonly body: Buffer;
  readonly random: Random;
}

interface RequestChange {
  readonly name: string;
  apply(changing: Changing): { readonly line?: string; readonly sent?: Buffer };
}

const set = (head: [string, string][], name: string, value: string | undefined): void => {
  const at = head.findIndex(([known]) => known === name);
  if (value === undefined) head.splice(at, 1);
  else head.splice(at, 1, [name, value]);
};

function chunked(body: Buffer, size: string): Buffer {
  return Buffer.concat([Buffer.from(`${size}\r\n`), body, Buffer.from("\r\n0\r\n\r\n")]);
}

const REQUEST_CHANGES: readonly RequestChange[] = [
  {
    name: "content type",
    apply: ({ head, random }) => {
      const types = [
        "",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=other",
      ];
      const more = [
        `multipart/mixed; boundary=${BOUNDARY}`,
        `multipart/form-data; boundary="${BOUNDARY}`,
        "multipart/form-data; boundary=" + "b".repeat(500),
        "application/x-www-form-urlencoded",
        `multipart/form-data; boundary*=utf-8''${BOUNDARY}`,
        "a".repeat(9000),
      ];
      set(head, "Content-Type", random.pick([...types, ...more]));
      return {};
    },
  },
  {
    name: "length",
    apply: ({ head, body, random }) => {
      set(
        head,
        "Content-Length",
        random.pick([
          "0",
          "1",
          String(body.length - 1),
          String(body.length + 100),
          "-1",
          "1e9",
          "99999999999999999999",
          "0x10",
          "",
          "1, 1",
        ]),
      );
      return {};
    },
  },
  {
    name: "chunked",
    apply: ({ head, body, random }) => {
      set(head, "Content-Length", undefined);
      head.push(["Transfer-Encoding", "chunked"]);
      const size = body.length.toString(16);
      return {
        sent: chunked(
          body,
          random.pick([size, size, `${size};x=${"y".repeat(20_000)}`, "ffffffffffffffff", "-1", "zz", ""]),
        ),
      };
    },
  },
  {
    name: "two lengths",
    apply: ({ head, body, random }) => {
      head.push(
        random.pick([
          ["Content-Length", "0"],
          ["Transfer-Encoding", "chunked"],
          ["Transfer-Encoding", "gzip, chunked"],
          ["Transfer-Encoding", "\tchunked"],
        ]),
      );
      return { sent: random.chance(0.5) ? chunked(body, body.length.toString(16)) : body };
    },
  },
  {
    name: "header",
    apply: ({ head, random }) => {
      head.push(
        random.pick([
          ["Expect", "100-continue"],
          ["Expect", "nonsense"],
          ["X", "y".repeat(20_000)],
          ["Content-Encoding", "gzip"],
          ["Upgrade", "h2c"],
          ["X-Forwarded-For", "' or 1=1"],
          ["Range", "bytes=0-"],
          ["Connection", "upgrade"],
          ["", "x"],
          ["Host", "other"],
          ["Trailer", "content-length"],
        ]),
      );
      return {};
    },
  },
  {
    name: "many headers",
    apply: ({ head, random }) => {
      for (let n = random.pick([90, 1900, 3000]); n > 0; n -= 1) head.push(["a", "b"]);
      return {};
    },
  },
  {
    name: "authorization",
    apply: ({ head, random }) => {
      const values = [
        "Basic",
        "Basic !!!!",
        "Bearer ",
        "Bearer " + "x".repeat(5000),
        "Basic " + Buffer.from("\0:\0").toString("base64"),
        "Digest x",
      ];
      set(head, "Authorization", random.chance(0.2) ? undefined : random.pick(values));
      return {};
    },
  },
  {
    name: "line",
    apply: ({ random }) => ({
      line: random.pick([
        ...[
          "POST /legacy HTTP/1.1",
          "POST /legacy/? HTTP/1.1",
          "POST /legacy/%00 HTTP/1.1",
          "POST /legacy//x HTTP/1.1",
          "PUT /legacy/ HTTP/1.1",
        ],
        ...[
          "POST http://localhost/legacy/ HTTP/1.1",
          "POST //legacy/ HTTP/1.1",
          "POST /legacy/ HTTP/1.0",
          "POST /legacy/ HTTP/9.9",
          "POST /%ff HTTP/1.1",
        ],
        ...[
          "POST /simple/ HTTP/1.1",
          "POST /legacy/ HTTP/1.1 x",
          "post /legacy/ HTTP/1.1",
          "POST\t/legacy/\tHTTP/1.1",
          `POST /${"x".repeat(20_000)} HTTP/1.1`,
        ],
        ...[
          "CONNECT localhost:1 HTTP/1.1",
          "OPTIONS * HTTP/1.1",
          "TRACE /legacy/ HTTP/1.1",
          "POST /api/v1/login HTTP/1.1",
          "GET /legacy/ HTTP/1.1",
          "\r\n\r\nPOST /legacy/ HTTP/1.1",
        ],
      ]),
    }),
  },
];

function inPieces(bytes: Buffer, random: Random): readonly Buffer[] {
  if (random.chance(0.5)) return [bytes];
  const cuts = Array.from({ length: random.between(1, 6) }, () => random.below(bytes.length)).sort((a, b) => a - b);
  return [0, ...cuts].map((from, at) => bytes.subarray(from, cuts[at] ?? bytes.length));
}
