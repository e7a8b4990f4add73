"""Runs a program at a real pseudo-terminal and types at it.

Argument: a file with JSON {"argv": [...], "steps": [[wait for, type], ...], "seconds": n}. `wait for` is a regular expression in
what the terminal shows from the end of the last match on; in `type`, {1} and so on stand for its groups. A third member is
an expression for words that were shown before: the one whose number the first group is, is typed before `type`.
Standard output: JSON {"code": n, "shown": text, "steps": how many were done}. Nothing is typed while the terminal
echoes. The program's standard input is empty, its standard output and error are the terminal.
"""

import json
import os
import pty
import re
import select
import signal
import sys
import termios
import time

with open(sys.argv[1]) as file:
    task = json.load(file)
pid, terminal = pty.fork()
if pid == 0:
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.execvpe(task["argv"][0], task["argv"], os.environ)

shown, position, done = b"", 0, 0
deadline = time.monotonic() + task.get("seconds", 60)
while time.monotonic() < deadline:
    ready, _, _ = select.select([terminal], [], [], 0.05)
    if ready:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux: the program has closed its side
            break
        if not piece:
            break
        shown += piece
    if done < len(task["steps"]):
        step = task["steps"][done]
        wanted, answer = step[:2]
        found = re.compile(wanted.encode(), re.DOTALL).search(shown, position)
        # Only a program that has switched the echo off, or has set up its raw mode, is ready for secrets.
        echoing = bool(termios.tcgetattr(terminal)[3] & termios.ECHO)
        if found and not echoing:
            position = found.end()
            for number, group in enumerate(found.groups(), 1):
                answer = answer.replace("{%d}" % number, (group or b"").decode())
            if step[2:]:
                words = re.search(step[2].encode(), shown, re.DOTALL).group(1).split()
                answer = words[int(found.group(1)) - 1].decode() + answer
            os.write(terminal, answer.encode())
            done += 1
else:
    os.kill(pid, signal.SIGKILL)

_, status = os.waitpid(pid, 0)
code = os.waitstatus_to_exitcode(status)
json.dump({"code": code, "shown": shown.decode(errors="replace"), "steps": done}, sys.stdout)
