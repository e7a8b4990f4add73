/** A way past the gate that no proxy and no certificate closes. */
export interface Uncaught {
  /** Stable, for programs. */
  readonly id: string;
  readonly what: string;
  /** What to do about it. */
  readonly fix: string;
}

/** What a gate cannot catch: SECURITY.md lists exactly these, and a test compares. */
export const UNCAUGHT: readonly Uncaught[] = [
  {
    id: "own-sockets",
    what: "a program that opens its own sockets, or takes no proxy from the environment, over anything but TLS",
    fix: "run the command where only loopback can be reached: a container or a network namespace without a network",
  },
  {
    id: "own-authorities",
    what: "a program that takes no proxy from the environment and has a list of authorities of its own",
    fix: "the same; pdm's direct https addresses take no proxy, but believe the run's authorities alone, and so fail",
  },
  {
    id: "own-environment",
    what: "a program that clears or changes its environment (a script of pdm with `env`), has a proxy in settings of its own (git for one address, curl), or is told otherwise where a run does not read it (`git -c`, `pip --proxy` in a Makefile)",
    fix: "the same; keep such options out of what you run, and settings as `countermark doctor` lists",
  },
  {
    id: "tool-proxy",
    what: "uv and hatch, where a proxy stands in their own settings: those that the command line or folder leads to stop a run before it starts, not those of what a program starts elsewhere",
    fix: "take `http-proxy`, `https-proxy` and `no-proxy` out of uv.toml, `[tool.uv]` and scripts, and proxy variables out of hatch's env-vars; run `countermark doctor` in each project",
  },
  {
    id: "ssh",
    what: "ssh started by anything but git: git in a run may not use it, unless a host is allowed on port 22",
    fix: "name such sources by https and allow their host, or leave them out",
  },
  {
    id: "local-files",
    what: "files of this machine: a path in requirements.txt, an editable install, a tool's warm cache of its own",
    fix: "clear the tool's cache once after `countermark trust`, and look at what `countermark doctor` lists",
  },
];
