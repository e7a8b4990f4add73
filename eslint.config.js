import { readFileSync } from "node:fs";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/** Who may import whom; arrows point down only. `tsc` does not see an undeclared import through a workspace link. */
const arrows = {
  tuf: [],
  packaging: [],
  repository: ["@countermark/tuf", "@countermark/packaging"],
  identity: ["@countermark/tuf"],
  testkit: ["@countermark/tuf", "@countermark/packaging", "@countermark/repository"],
  client: ["@countermark/tuf", "@countermark/packaging", "@countermark/repository", "@countermark/identity"],
  server: ["@countermark/tuf", "@countermark/packaging", "@countermark/repository", "@countermark/identity"],
};

/** Packages that take bytes and the time as arguments: of Node only the modules named here, no clock, network or process. */
const pure = {
  tuf: ["node:buffer", "node:crypto"],
  packaging: ["node:crypto", "node:zlib"],
  repository: ["node:crypto"],
};
const impureGlobals = [
  "Date",
  "performance",
  "process",
  "fetch",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "console",
];

/** What differs between systems, and so stands in the client's `platform.ts` alone. */
const OF_ONE_SYSTEM = "only src/platform.ts knows what differs between systems";
const ofOneSystem = [
  "MemberExpression[object.name='process'][property.name=/^(?:platform|arch|get(?:e?[ug]id|groups)|umask)$/]",
  "ImportSpecifier[imported.name=/^(?:devNull|platform|arch|release|version|machine)$/]",
  "MemberExpression[property.name=/^O_(?:NONBLOCK|NOFOLLOW|DIRECTORY|DIRECT|NOATIME|SYMLINK)$/]",
  "Property[key.name=/^O_(?:NONBLOCK|NOFOLLOW|DIRECTORY|DIRECT|NOATIME|SYMLINK)$/]",
  "Literal[value=/^(?:win32|darwin|linux)$/]",
  "Literal[value=/^.(?:proc|etc|dev|sys|run|var|usr|opt|tmp|bin|Library)(?:[^a-zA-Z0-9]|$)/][value=/^\\W/]",
  "TemplateElement[value.raw=/^.(?:proc|etc|dev|sys|run|var|usr|opt|tmp)(?:[^a-zA-Z0-9]|$)/][value.raw=/^\\W/]",
].map((selector) => ({ selector, message: OF_ONE_SYSTEM }));

const literally = (text) => text.replace(/[/.]/g, "\\$&");

function importRules(name) {
  const manifest = JSON.parse(readFileSync(`packages/${name}/package.json`, "utf8"));
  // What a command is bundled with is not installed beside it.
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  const upward = declared.filter((d) => /^@?countermark/.test(d) && !arrows[name].includes(d));
  if (upward.length > 0) throw new Error(`packages/${name}/package.json: ${upward.join(", ")} is against the arrows`);
  const node = name in pure ? pure[name].map((module) => `${literally(module)}$`) : ["node:"];
  const allowed = ["\\.", "#", ...node, ...declared.map((d) => `${literally(d)}(/|$)`)];
  return {
    files: [`packages/${name}/src/**`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: `^(?!${allowed.join("|")})`,
              message: `${name} may not import this: see the arrows in eslint.config.js and the package's dependencies`,
            },
            { regex: "^\\.\\./.*\\.\\./(packages|test)/", message: "import a package by its name" },
          ],
        },
      ],
      ...(name in pure && { "no-restricted-globals": ["error", ...impureGlobals] }),
    },
  };
}

export default defineConfig(
  { ignores: ["**/dist/**", ".cache/**", ".demo/**"] },
  {
    files: ["packages/**/*.ts", "test/**/*.ts", "tools/**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "max-lines-per-function": ["error", { max: 70, skipComments: true, skipBlankLines: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            {
              from: "package",
              package: "node:test",
              name: ["test", "suite", "describe", "it", "before", "after", "beforeEach", "afterEach"],
            },
          ],
        },
      ],
    },
  },
  { files: ["packages/*/test/**", "test/**"], rules: { "max-lines-per-function": "off" } },
  ...Object.keys(arrows).map(importRules),
  {
    files: ["packages/client/src/**"],
    ignores: ["packages/client/src/platform.ts"],
    rules: { "no-restricted-syntax": ["error", ...ofOneSystem] },
  },
  {
    // The tool of the offline machine: no network, no agent, nothing that could lead there.
    files: ["packages/client/src/ceremony/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex:
                "^(?!\\./|\\.\\./(errors|platform)\\.ts$|node:crypto$|node:fs/promises$|node:path$|@countermark/(repository|tuf|identity/offline)$)",
              message: "the offline tool imports no network and nothing that might",
            },
          ],
        },
      ],
      "no-restricted-globals": ["error", "fetch", "WebSocket", "EventSource"],
    },
  },
);
