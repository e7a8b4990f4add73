import type { Door } from "../http/door.ts";
import { entitySize, makeEntity, type Entity } from "../http/entity.ts";
import type { PublishedCache } from "../http/published.ts";
import { notFound, replyEntity } from "../http/reply.ts";
import type { IndexStore } from "../storage/index-store.ts";

const IMMUTABLE = "public, max-age=31536000, immutable";
const TYPE = "application/json";
/** `<version>.<role>.json`, as consistent snapshots name files (TUF 6.2). */
const VERSIONED = /^([1-9]\d{0,14})\.([a-z0-9.-]{1,140})\.json$/;

/** `/tuf/`: the metadata for any TUF client. */
export function addMetadataRoutes(app: Door, store: IndexStore, cache: PublishedCache): void {
  app.get("/tuf/timestamp.json", async (call) => {
    const entity = await cache.ofIndex("timestamp", async () => {
      const { bytes } = await store.timestamp();
      return made(await makeEntity(bytes, { type: TYPE, cacheControl: "no-cache" }));
    });
    return entity === undefined ? notFound(call) : replyEntity(call, entity);
  });
  app.get("/tuf/:file", async (call) => {
    const name = call.req.param("file");
    const [, version, role] = VERSIONED.exec(name) ?? [];
    // Versions of the timestamp have no addresses of their own.
    if (version === undefined || role === undefined || role === "timestamp") return notFound(call);
    const entity = await cache.forEver(name, async () => {
      const bytes = await store.roleFile(role, Number(version));
      return bytes && made(await makeEntity(bytes, { type: TYPE, cacheControl: IMMUTABLE }));
    });
    return entity === undefined ? notFound(call) : replyEntity(call, entity);
  });
}

function made(value: Entity): { value: Entity; size: number } {
  return { value, size: entitySize(value) };
}
