import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";
import { SecretBytes, type Keychain } from "@countermark/identity";
import { folder } from "./commands.ts";

/** A keychain in memory. */
export class MemoryKeychain implements Keychain {
  readonly name = "a keychain in memory";
  readonly secrets = new Map<string, Buffer>();

  store(id: string, secret: SecretBytes): Promise<void> {
    this.secrets.set(
      id,
      secret.use((bytes) => Buffer.from(bytes)),
    );
    return Promise.resolve();
  }

  fetch(id: string): Promise<SecretBytes | undefined> {
    const secret = this.secrets.get(id);
    return Promise.resolve(secret && SecretBytes.take(Buffer.from(secret)));
  }

  remove(id: string): Promise<void> {
    this.secrets.delete(id);
    return Promise.resolve();
  }
}

/** Stand-ins for the commands of two systems, which keep secrets in a folder and note every argument they were given. */
const SCRIPTS = {
  "secret-tool": `
what=$1; shift
for last in "$@"; do :; done
case $what in
  store) cat > "$STORE/$last" ;;
  lookup) test -f "$STORE/$last" || exit 1; cat "$STORE/$last" ;;
  clear) test -f "$STORE/$last" || exit 1; rm "$STORE/$last" ;;
esac`,
  security: `
if [ "$1" = -i ]; then
  read -r command update service name account id label1 label2 label3 label4 pass secret
  printf %s "$secret" > "$STORE/$id"
  exit 0
fi
test -f "$STORE/$5" || exit 44
case $1 in
  find-generic-password) cat "$STORE/$5"; echo ;;
  delete-generic-password) rm "$STORE/$5"; echo deleted ;;
esac`,
};

/** Puts a command in front of the path for one test: a stand-in, or a script of its own. */
export function fakeCommand(t: TestContext, name: keyof typeof SCRIPTS, script?: string) {
  const home = folder(t);
  const store = join(home, "store");
  mkdirSync(store);
  const log = join(home, "arguments");
  writeFileSync(log, "");
  const head = `#!/bin/sh\nSTORE='${store}'\nprintf '%s\\n' "$*" >> '${log}'\n`;
  writeFileSync(join(home, name), head + (script ?? SCRIPTS[name]));
  chmodSync(join(home, name), 0o755);
  usePath(t, `${home}${delimiter}${process.env["PATH"] ?? ""}`);
  return { store, argumentsGiven: () => readFileSync(log, "utf8") };
}

/** Another search path for one test. */
export function usePath(t: TestContext, path: string): void {
  const before = process.env["PATH"];
  process.env["PATH"] = path;
  t.after(() => {
    process.env["PATH"] = before;
  });
}
