# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Programs that see an /etc of their own, in a mount namespace: the machine's is never touched.

    etc = PrivateEtc(workspace, "etc", "127.0.0.1 localhost\\n")
    subprocess.run([*etc.inside, "audiodl", "hosts", "apply"])     # changes etc.hosts
"""

import functools
import shutil
import subprocess
from pathlib import Path

from .workspace import AS_ROOT, Workspace

# What a server needs to find users, names and types.
_FILES = ["passwd", "group", "nsswitch.conf", "host.conf", "mime.types", "services", "protocols", "ld.so.cache",
          "localtime"]


@functools.cache
def can_unshare() -> bool:
    """Whether this user may have mount namespaces; root may."""
    return subprocess.run([*_unshare(), "true"], capture_output=True, check=False).returncode == 0


def _unshare() -> list[str]:
    return ["unshare", "--mount"] if AS_ROOT else ["unshare", "--mount", "--map-root-user"]


class PrivateEtc:
    """An /etc with a hosts file of its own. `inside` is what a command line begins with to see it.

    Every program has its own namespace, but they share the files. With `mounted`, only the hosts file is
    private and a mount of its own, as containers have it: it can be written, and not be renamed over.
    """

    def __init__(self, workspace: Workspace, name: str, hosts: str, mounted: bool = False):
        self.dir = workspace.directory(name)
        self.hosts = self.dir / "hosts"
        self.hosts.write_text(hosts)
        self.hosts.chmod(0o644)
        source, target = (self.hosts, "/etc/hosts") if mounted else (self.dir, "/etc")
        if not mounted:
            for file in _FILES:
                if (found := Path("/etc") / file).exists():
                    shutil.copy2(found, self.dir / file)
        self.inside = [*_unshare(), "sh", "-c", f'mount --bind "{source}" {target} && exec "$@"', "sh"]
