import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { BILL_FILE, BUNDLED, makeBundle, NOTICES_FILE } from "../../tools/bundle/bundle.ts";
import { checkout } from "../../tools/python/places.ts";

const lock = JSON.parse(readFileSync(join(checkout, "package-lock.json"), "utf8")) as {
  packages: Readonly<Record<string, { version?: string; integrity?: string }>>;
};

for (const name of BUNDLED) {
  const bundle = await makeBundle(name);
  const scripts = [...bundle].filter(([file]) => file.endsWith(".js"));
  const sources = scripts.flatMap(([, text]) => regionsOf(text));

  test(`${name}: the same checkout gives the same bundle`, async () => {
    assert.deepEqual(await makeBundle(name), bundle);
  });

  test(`${name}: the bundle reaches for nothing that is not in it, but what its sources take of Node`, () => {
    const taken = new Set(sources.flatMap((path) => importsOf(readFileSync(join(checkout, path), "utf8"))));
    assert.ok(taken.has("node:crypto"), "the sources are not read");
    for (const [file, text] of scripts) {
      for (const specifier of importsOf(text)) {
        const known = specifier.startsWith("./") ? bundle.has(specifier.slice(2)) : taken.has(specifier);
        // What the bundler's own first lines need to give CommonJS modules their `require`.
        const own = file === "rolldown-runtime.js" && specifier === "node:module";
        assert.ok(known || own, `${file} imports ${specifier}`);
      }
    }
  });

  test(`${name}: parts are under the paths of their sources, and nothing is renamed or shortened`, () => {
    assert.ok(sources.includes(`packages/${name}/src/main.ts`));
    for (const [file, text] of scripts) {
      const here = regionsOf(text).map((path) => readFileSync(join(checkout, path), "utf8"));
      const written = new Set(here.flatMap(functionsOf));
      // Where two modules have one name, the bundler counts them.
      const foreign = functionsOf(text).filter((one) => !written.has(one) && !written.has(one.replace(/\$\d+$/, "")));
      if (here.length > 0) assert.deepEqual(foreign, [], file);
    }
  });

  test(`${name}: what third parties wrote is named with its version, and its licence goes along`, () => {
    const { components } = JSON.parse(bundle.get(BILL_FILE) ?? "") as {
      components: readonly { name: string; version: string }[];
    };
    const carried = new Set(sources.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []));
    assert.ok(carried.has("commander"));
    assert.deepEqual(new Set(components.map((component) => component.name)), carried);
    for (const component of components) {
      assert.equal(component.version, lock.packages[`node_modules/${component.name}`]?.version);
      assert.ok(bundle.get(NOTICES_FILE)?.includes(`\n${component.name} ${component.version} (`));
    }
    assert.match(bundle.get(NOTICES_FILE) ?? "", /Permission is hereby granted/);
  });
}

test("the bundler and its binaries are those of the lock file", () => {
  const parts = Object.entries(lock.packages).filter(([path]) => /^node_modules\/@?rolldown\b/.test(path));
  assert.ok(parts.length > 5);
  for (const [path, { integrity }] of parts) assert.match(integrity ?? "", /^sha512-/, path);
});

/** The sources that parts of a bundled file come from, as the bundler names them above each. */
function regionsOf(text: string): readonly string[] {
  return [...text.matchAll(/^\/\/(?:#region)? ((?:packages|node_modules)\/\S+\.[cm]?[jt]s)$/gm)].map(
    ([, path = ""]) => path,
  );
}

/** What a file imports, statically, when it runs, as CommonJS, or from Node itself. */
function importsOf(text: string): readonly string[] {
  const found = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  const required = [...text.matchAll(/\b(?:__require|getBuiltinModule)\("([^"]+)"\)/g)].map(
    ([, specifier = ""]) => specifier,
  );
  return [...found, ...required].map((specifier) =>
    isBuiltin(specifier) ? specifier.replace(/^(?:node:)?/, "node:") : specifier,
  );
}

function functionsOf(text: string): readonly string[] {
  return [...text.matchAll(/^\s*(?:export )?(?:default )?(?:async )?function ?\*? ?([\w$]+) ?[(<]/gm)].map(
    ([, name = ""]) => name,
  );
}
