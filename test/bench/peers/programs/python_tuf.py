"""Measures python-tuf on one folder: `files FOLDER` or `returning FOLDER`; writes one line of JSON."""

import json
import resource
import sys
import time
from pathlib import Path

from tuf.ngclient import Updater, UpdaterConfig
from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet
from tuf.ngclient.config import EnvelopeType

# Longest that warm look-ups are repeated, in seconds.
LOOK_UP_SECONDS = 0.2


class Stopwatch:
    """Time by the clock, and what all threads of this process computed."""

    def __init__(self) -> None:
        self.start, self.cpu = time.perf_counter(), time.process_time()

    def times(self) -> dict[str, float]:
        return {"ms": since(self.start), "cpuMs": (time.process_time() - self.cpu) * 1000}


def main() -> None:
    mode, folder = sys.argv[1], Path(sys.argv[2])
    measure = measure_returning if mode == "returning" else measure_files
    print(json.dumps(measure(folder)))


def measure_files(folder: Path) -> dict[str, float]:
    asked = json.loads((folder / "case.json").read_text())
    read = lambda role: (folder / f"{role}.json").read_bytes()
    trusted = TrustedMetadataSet(read("root"), EnvelopeType.METADATA)
    trusted.update_timestamp(read("timestamp"))
    snapshot = read("snapshot")
    watch = Stopwatch()
    trusted.update_snapshot(snapshot)
    times = watch.times()
    if asked["measured"] == "targets":
        targets = read("targets")
        watch = Stopwatch()
        trusted.update_targets(targets)
        times = watch.times()
    found = times | {"peakBytes": peak_bytes()}
    if asked["lookUps"]:
        found |= measure_look_ups(trusted.targets.delegations, asked["lookUps"])
    return found


def measure_look_ups(delegations, paths: list[str]) -> dict[str, float]:
    def look_up(path: str) -> None:
        if len(list(delegations.get_roles_for_target(path))) != 1:
            raise ValueError(f"{path} is not trusted to one role")

    start = time.perf_counter()
    look_up(paths[0])
    first = since(start)
    count = 0
    start = time.perf_counter()
    while count < 3 or time.perf_counter() - start < LOOK_UP_SECONDS:
        look_up(paths[count % len(paths)])
        count += 1
    return {"firstLookUpMs": first, "warmLookUpMs": since(start) / count}


def measure_returning(folder: Path) -> dict[str, float]:
    asked = json.loads((folder / "returning.json").read_text())
    metadata_dir = folder / "cache" / "python-tuf" / "metadata"
    target_dir = folder / "cache" / "python-tuf" / "targets"
    metadata_dir.mkdir(parents=True, exist_ok=True)
    target_dir.mkdir(parents=True, exist_ok=True)
    root = (folder / "root.json").read_bytes()
    watch = Stopwatch()
    client = Updater(
        str(metadata_dir),
        asked["metadataUrl"],
        str(target_dir),
        asked["targetsUrl"],
        config=UpdaterConfig(snapshot_max_length=2**30, targets_max_length=2**30),
        bootstrap=root,
    )
    client.refresh()
    info = client.get_targetinfo(asked["target"])
    if info is None:
        raise ValueError("the target was not found")
    if client.find_cached_target(info) is None:
        client.download_target(info)
    return watch.times() | {"peakBytes": peak_bytes()}


def since(start: float) -> float:
    return (time.perf_counter() - start) * 1000


def peak_bytes() -> int:
    """The largest resident set; Linux's ru_maxrss begins with that of the process that started this one."""
    if sys.platform != "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.split("VmHWM:")[1].split()[0])


main()
