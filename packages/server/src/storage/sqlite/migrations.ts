import { readdirSync, readFileSync } from "node:fs";
import { ServerError } from "../../errors.ts";
import type { Connection } from "./connection.ts";

/** Beside the package's manifest, wherever this module was joined into. */
const SQL_FOLDER = new URL("sql/", import.meta.resolve("#package"));

/** Brings the database to this program's schema: each numbered file once, all in one transaction. */
export function migrate(connection: Connection): void {
  const files = readdirSync(SQL_FOLDER)
    .filter((name) => /^\d{4}-[a-z-]+\.sql$/.test(name))
    .sort();
  if (schemaVersion(connection) === files.length) return;
  connection.atomically(() => {
    const present = schemaVersion(connection);
    if (present > files.length) {
      throw new ServerError("DATA_NEWER", `the database has schema ${present}, this program knows ${files.length}`, {
        hint: "run the version of countermark-server that wrote it, or a newer one",
      });
    }
    for (const name of files.slice(present)) connection.execute(readFileSync(new URL(name, SQL_FOLDER), "utf8"));
    connection.execute(`pragma user_version = ${files.length}`);
  });
}

function schemaVersion(connection: Connection): number {
  const [row] = connection.prepare("pragma user_version").all([]) as { user_version: number }[];
  return row?.user_version ?? 0;
}
