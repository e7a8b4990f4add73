import { createHash } from "node:crypto";
import { html, raw } from "hono/html";
import type { Call } from "../http/door.ts";
import { entitySize, makeEntity, type Entity } from "../http/entity.ts";
import type { Made } from "../http/published.ts";
import { replyEntity } from "../http/reply.ts";

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a;" +
  "background:#fff}pre{background:#f3f3f3;padding:.8rem;overflow-x:auto}";
const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");
/** No script, no frame, no form, nothing from elsewhere: the page is text. */
const POLICY =
  `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; ` +
  "frame-ancestors 'none'";

/** Text in the sense of hono/html: escaped, unless it was made by it. */
export type Fragment = ReturnType<typeof html>;

/** A page for people, ready to send. */
export async function makePage(title: string, content: Fragment): Promise<Made<Entity>> {
  const text = String(
    await html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width" />
          <title>${title}</title>
          ${raw(`<style>${STYLE}</style>`)}
        </head>
        <body>
          ${content}
        </body>
      </html>`,
  );
  const made = await makeEntity(text, { type: "text/html; charset=utf-8", cacheControl: "no-cache" });
  return { value: made, size: entitySize(made) };
}

/** Sends a page under the policy of all pages. */
export function sendPage(call: Call, page: Entity): Response {
  call.env.outgoing.setHeader("content-security-policy", POLICY);
  call.env.outgoing.setHeader("referrer-policy", "no-referrer");
  return replyEntity(call, page);
}
