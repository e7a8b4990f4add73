"""Judges texts as Python's `packaging` does: JSON on stdin, JSON on stdout."""

import json
import sys

from packaging.metadata import Metadata
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version


def judged(judge, text):
    try:
        return judge(text)
    except ValueError:
        return None


def wheel(text):
    name, version, build, tags = parse_wheel_filename(text)
    return [name, str(version), "".join(map(str, build)), sorted(map(str, tags))]


def sdist(text):
    name, version = parse_sdist_filename(text)
    return [name, str(version)]


def metadata(text):
    """None where it is valid, else the fields that are not."""
    try:
        Metadata.from_email(text, validate=True)
    except ExceptionGroup as group:
        return sorted({getattr(error, "field", "?") for error in group.exceptions})


def compared(pair):
    a, b = map(Version, pair)
    return (a > b) - (a < b)


asked = json.load(sys.stdin)
answer = {
    "versions": [judged(lambda text: str(Version(text)), text) for text in asked["versions"]],
    "pairs": [compared(pair) for pair in asked["pairs"]],
    "names": [judged(lambda text: canonicalize_name(text, validate=True), text) for text in asked["names"]],
    "wheels": [judged(wheel, text) for text in asked["wheels"]],
    "metadata": [metadata(text) for text in asked["metadata"]],
    "sdists": [judged(sdist, text) for text in asked["sdists"]],
}
json.dump(answer, sys.stdout)
