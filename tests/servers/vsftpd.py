# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""vsftpd with the configuration of conf/vsftpd: virtual users from a database, all in one drop folder.

PAM only looks in /etc/pam.d, so vsftpd runs in a mount namespace of its own where that is our folder: for root only.
"""

import os
import shutil
import subprocess
from pathlib import Path

from .ports import accepts, free_port
from .workspace import AS_ROOT, SERVER_GID, SERVER_UID, SERVER_USER, Daemon, Workspace

CONF = Path(__file__).resolve().parents[2] / "conf" / "vsftpd"
USER, PASSWORD = "anna", "geheim'\"wort"
FOLDERS = ("books", "samples", "podcasts", "images", "failed")


def why_not() -> str:
    """Why it cannot run here; empty where it can."""
    if not AS_ROOT:
        return "vsftpd needs root"
    if shutil.which("vsftpd") is None:
        return "vsftpd is not installed"
    tried = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "no mount namespaces here"


class Vsftpd:
    """The running server and its drop folder."""

    def __init__(self, workspace: Workspace, tls: bool = False):
        name = "vsftpd-tls" if tls else "vsftpd"
        self._workspace = workspace
        self._folder = workspace.directory(name)
        self._tls = tls
        self.drop = workspace.directory(f"{name}/drop", 0o2775, for_server=True)
        for folder in FOLDERS:
            workspace.directory(f"{name}/drop/{folder}", 0o2775, for_server=True)
        workspace.directory(f"{name}/empty")
        self.port = free_port()
        self._write_users()
        daemon = self._start(name)
        workspace.wait_ready(daemon, lambda: accepts(self.port))

    def url(self, path: str) -> str:
        return f"ftp://127.0.0.1:{self.port}/{path}"

    def curl(self, path: str, *options: str | Path) -> list[str]:
        """curl's words, as the narrator."""
        secure = ["--ssl-reqd", "--insecure"] if self._tls else []
        return ["curl", "--silent", "--show-error", "--user", f"{USER}:{PASSWORD}", "--ftp-create-dirs", *secure,
                *map(str, options), self.url(path)]

    def upload(self, source: Path, path: str, *options: str) -> None:
        self._workspace.run(self.curl(path, "--upload-file", source, *options))

    def read(self, path: str) -> str:
        return self._workspace.run(self.curl(path))

    def put_in(self, path: str, data: bytes) -> Path:
        """As an upload would leave it, without one."""
        target = self.drop / path
        for folder in reversed(target.relative_to(self.drop).parents):
            if not (self.drop / folder).exists():
                (self.drop / folder).mkdir(mode=0o2775)
                os.chown(self.drop / folder, SERVER_UID, SERVER_GID)
        target.write_bytes(data)
        os.chown(target, SERVER_UID, SERVER_GID)
        return target

    def _write_users(self) -> None:
        hashed = self._workspace.run(["openssl", "passwd", "-6", PASSWORD]).strip()
        users = self._folder / "users"
        users.write_text(f"{USER}\n{hashed}\n")
        self._workspace.run(["db_load", "-T", "-t", "hash", "-f", users, self._folder / "users.db"])
        pam = self._workspace.directory(f"{self._folder.name}/pam.d")
        text = (CONF / "pam").read_text()
        assert "/etc/vsftpd/users" in text
        (pam / "vsftpd-audiodl").write_text(text.replace("/etc/vsftpd/users", str(users)))

    def _start(self, name: str) -> Daemon:
        text = (CONF / "vsftpd.conf").read_text()
        cert, key = self._folder / "cert.pem", self._folder / "key.pem"
        changes = {"/srv/drop": str(self.drop), "guest_username=audiodl-drop": f"guest_username={SERVER_USER}",
                   "/etc/ssl/certs/ssl-cert-snakeoil.pem": str(cert),
                   "/etc/ssl/private/ssl-cert-snakeoil.key": str(key),
                   "/var/log/vsftpd.log": str(self._folder / "vsftpd.log"),
                   # Its filter kills vsftpd on kernels that it does not know.
                   "seccomp_sandbox=YES": "seccomp_sandbox=NO",
                   "pasv_min_port=40000": "pasv_min_port=0", "pasv_max_port=40100": "pasv_max_port=0"}
        if self._tls:
            self._workspace.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
                                 cert, "-days", "2", "-subj", "/CN=localhost"])
        else:
            changes.update({"ssl_enable=YES": "ssl_enable=NO"})
        for old, new in changes.items():
            assert old in text, old
            text = text.replace(old, new)
        conf = self._folder / "vsftpd.conf"
        conf.write_text(f"{text}\nlisten_port={self.port}\nlisten_address=127.0.0.1\n"
                        f"secure_chroot_dir={self._folder / 'empty'}\n")
        pam = self._folder / "pam.d"
        return self._workspace.spawn(name, ["unshare", "-m", "sh", "-c",
                                            f"mount --bind {pam} /etc/pam.d && exec vsftpd {conf}"])
