# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""php-fpm running the small shop in shop/, which keeps its sessions in MariaDB."""

import shutil
from pathlib import Path

from .mariadb import DATABASE, WRITER, WRITER_PASSWORD, MariaDb
from .workspace import AS_ROOT, SERVER_USER, Workspace, copy_for_server

_POOL = """\
[global]
daemonize = no
error_log = {dir}/fpm.log
[shop]
{user}
listen = {socket}
listen.mode = 0666
pm = static
pm.max_children = 4
catch_workers_output = yes
env[SHOP_DSN] = "mysql:unix_socket={database.socket};dbname={name}"
env[SHOP_USER] = "{writer}"
env[SHOP_PASSWORD] = "{password}"
"""

# Only what the shop needs, so that the machine's own php.ini and its extensions play no part.
_INI = """\
extension = mysqlnd.so
extension = pdo.so
extension = pdo_mysql.so
display_errors = 1
log_errors = 1
error_reporting = -1
session.use_strict_mode = 1
session.gc_probability = 0
"""


def find_fpm() -> str:
    """php-fpm's path; Debian's has the version in its name."""
    named = shutil.which("php-fpm", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    versions = sorted(Path("/usr/sbin").glob("php-fpm[0-9]*"))
    if named is None and not versions:
        raise RuntimeError("php-fpm is not installed; run: make deps")
    return named or str(versions[-1])


class Php:
    """A running pool. `socket` is where Apache passes requests; `documents` has login.php and others."""

    def __init__(self, workspace: Workspace, database: MariaDb):
        directory = workspace.directory("php")
        self.socket = directory / "fpm.sock"
        self.documents = directory / "documents"
        copy_for_server(Path(__file__).with_name("shop"), self.documents)
        (directory / "pool.conf").write_text(_POOL.format(
            dir=directory, socket=self.socket, database=database, name=DATABASE, writer=WRITER,
            password=WRITER_PASSWORD, user=f"user = {SERVER_USER}" if AS_ROOT else ""))
        (directory / "php.ini").write_text(_INI)
        daemon = workspace.spawn(
            "php-fpm", [find_fpm(), "-c", directory / "php.ini", "-y", directory / "pool.conf"],
            env={"PHP_INI_SCAN_DIR": ""})
        workspace.wait_ready(daemon, self.socket.exists)
