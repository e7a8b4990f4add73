"""Lets python-tuf judge cases: one line of JSON for each line of the file that is the argument."""

import base64
import datetime
import json
import sys

from tuf.api.exceptions import EqualVersionNumberError
from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet
from tuf.ngclient.config import EnvelopeType


class Client:
    def __init__(self, now: int):
        self.now = datetime.datetime.fromtimestamp(now / 1000, datetime.timezone.utc)
        self.trusted = None

    def take(self, step):
        try:
            signed = self.update(step, base64.b64decode(step["bytes"]))
        # Whatever it throws is its way to refuse.
        except Exception as error:
            return {"refused": f"{type(error).__name__} {error}"[:300]}
        # What it accepted may still hold something that nobody expects.
        try:
            return {"read": reading(signed)}
        except Exception as error:
            return {"read": f"unreadable: {error}"[:300]}

    def update(self, step, data):
        op = step["op"]
        if op == "open":
            self.trusted = TrustedMetadataSet(data, EnvelopeType.METADATA)
            self.trusted.reference_time = self.now
            return self.trusted.root
        if op == "root":
            return self.trusted.update_root(data)
        if op == "timestamp":
            try:
                return self.trusted.update_timestamp(data)
            except EqualVersionNumberError:
                # Its updater goes on with the one it has, if that may be used.
                self.trusted._check_final_timestamp()
                return self.trusted.timestamp
        if op == "snapshot":
            return self.trusted.update_snapshot(data, trusted=step.get("own", False))
        if op == "targets":
            return self.trusted.update_targets(data)
        return self.trusted.update_delegated_targets(data, step["name"], step["delegator"])

    def look_up(self, role, path):
        loaded = self.trusted.get(role) if self.trusted else None
        if loaded is None or loaded.type != "targets":
            return None
        if loaded.delegations is None:
            return []
        return [list(found) for found in loaded.delegations.get_roles_for_target(path)]


def reading(signed):
    read = {"version": signed.version, "expires": int(signed.expires.timestamp())}
    if signed.type == "root":
        roles = {name: keys_reading(role) for name, role in signed.roles.items()}
        return read | {"consistent": signed.consistent_snapshot, "keys": names(signed.keys), "roles": roles}
    if signed.type == "timestamp":
        return read | {"snapshot": signed.snapshot_meta.version}
    if signed.type == "snapshot":
        return read | {"meta": {name.removesuffix(".json"): meta.version for name, meta in signed.meta.items()}}
    targets = {path: [file.length, file.hashes] for path, file in signed.targets.items()}
    return read | {"targets": targets, "delegations": delegations_reading(signed.delegations)}


def delegations_reading(delegations):
    if delegations is None:
        return None
    read = {"keys": names(delegations.keys)}
    succinct = delegations.succinct_roles
    if succinct is not None:
        return read | {"succinct": [succinct.name_prefix, succinct.bit_length, keys_reading(succinct)]}
    roles = [
        [role.name, role.terminating, role.paths, role.path_hash_prefixes, keys_reading(role)]
        for role in delegations.roles.values()
    ]
    return read | {"roles": roles}


def keys_reading(role):
    return [role.threshold, *role.keyids]


def names(keys):
    """By UTF-16 units, as JavaScript sorts."""
    return sorted(keys, key=lambda name: name.encode("utf-16-be", "surrogatepass"))


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line)
            client = Client(case["now"])
            steps = [client.take(step) for step in case["steps"]]
            look_ups = [client.look_up(each["role"], each["path"]) for each in case["lookUps"]]
            print(json.dumps({"steps": steps, "lookUps": look_ups}))


main()
