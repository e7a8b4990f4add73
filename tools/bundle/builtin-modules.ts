/** A statement by which the bundler has a file import one of Node's own modules: each in a line of its own. */
const IMPORT = /^import (.+) from "(node:[^"]+)";$/gm;
const NAMES = /^(?:(?<whole>[\w$]+)(?:, )?|\* as (?<space>[\w$]+))?(?<parts>\{ .+ \})?$/;

/**
 * Takes Node's own modules as they are, in place of importing them: an import first makes a namespace and for it touches all that
 * the module has, which loads much that nobody asked for (streams of `node:fs`, WebCrypto of `node:crypto`). It is a tenth of a
 * start. What is taken is the same.
 * @param code of one bundled file
 */
export function takeBuiltins(code: string): string {
  const taken = code.replaceAll(IMPORT, (statement, names: string, module: string) => {
    const { whole, space, parts } = NAMES.exec(names)?.groups ?? {};
    const targets = [whole ?? space, parts?.replaceAll(" as ", ": ")].filter((target) => target !== undefined);
    if (targets.length === 0) throw new Error(`a statement of another form: ${statement}`);
    // `globalThis`: a file may call what it takes `process`.
    return targets.map((target) => `const ${target} = globalThis.process.getBuiltinModule("${module}");`).join("\n");
  });
  const left = /^import .*"node:.*$/m.exec(taken);
  if (left !== null) throw new Error(`a statement of another form: ${left[0]}`);
  return taken;
}
