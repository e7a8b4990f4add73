"""Downloads targets with the stock python-tuf client: METADATA_FOLDER URL TARGET..., prints one JSON object a target.

The metadata folder keeps what the client trusts from one run to the next, as an installed client would; it is
bootstrapped with the root that lies in it.
"""

import hashlib
import json
import sys
import tempfile
from pathlib import Path

from tuf.ngclient import Updater


def main(folder: str, url: str, targets: list[str]) -> None:
    bootstrap = Path(folder, "1.root.json").read_bytes()
    with tempfile.TemporaryDirectory() as downloads:
        updater = Updater(
            metadata_dir=folder,
            metadata_base_url=f"{url}/tuf/",
            target_dir=downloads,
            target_base_url=f"{url}/tuf/targets/",
            bootstrap=bootstrap,
        )
        updater.refresh()
        for target in targets:
            info = updater.get_targetinfo(target)
            if info is None:
                print(json.dumps({"target": target, "found": False}))
                continue
            content = Path(updater.download_target(info)).read_bytes()
            print(json.dumps({"target": target, "found": True, "sha256": hashlib.sha256(content).hexdigest()}))


main(sys.argv[1], sys.argv[2], sys.argv[3:])
