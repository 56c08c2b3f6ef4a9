# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Peers that the user has installed. Each is configured as its own documentation advises for large files."""

import os
import shutil
from pathlib import Path

from lanes import CHUNK, Lane
from origin import BUCKET, PREFIX
from servers.ports import accepts, free_port
from servers.workspace import Workspace

_NGINX_CONF = """\
daemon off;
pid {dir}/pid;
error_log {dir}/error.log warn;
worker_processes auto;
worker_rlimit_nofile 20000;
{user}
events {{ worker_connections 8192; }}
http {{
    sendfile on;
    keepalive_requests 1000000;
    access_log {dir}/access.log;
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    proxy_cache_path {dir}/cache levels=1:2 keys_zone=chunks:10m max_size=2g use_temp_path=off;
    ssl_certificate {certificate};
    ssl_certificate_key {certificate};
    ssl_protocols TLSv1.2 TLSv1.3;
    server {{
        listen 127.0.0.1:{port};
        listen 127.0.0.1:{tls_port} ssl;
        location /static/ {{ alias {objects}/; }}
        location /{bucket}/ {{
            proxy_pass http://127.0.0.1:{origin_port};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_cache chunks;
            proxy_cache_lock on;
            proxy_cache_valid 200 1d;
        }}
    }}
}}
"""

_VCL = """\
vcl 4.1;
backend default {{ .host = "127.0.0.1"; .port = "{origin_port}"; }}
"""


def installed(program: str) -> bool:
    return _find(program) is not None


class Nginx:
    """Static files, and a caching proxy before the origin."""

    def __init__(self, workspace: Workspace, origin_port: int, objects: Path, certificate: Path):
        directory = workspace.directory("nginx")
        self._port, self._tls_port = free_port(), free_port()
        user = "user root;" if os.geteuid() == 0 else ""
        (directory / "nginx.conf").write_text(_NGINX_CONF.format(
            dir=directory, user=user, certificate=certificate, port=self._port, tls_port=self._tls_port,
            objects=objects, bucket=BUCKET, origin_port=origin_port))
        daemon = workspace.spawn("nginx", [_find("nginx") or "nginx", "-p", directory, "-c", directory / "nginx.conf"])
        workspace.wait_ready(daemon, lambda: accepts(self._port))
        self._pid = daemon.pid

    @property
    def static(self) -> Lane:
        return Lane("nginx static", f"http://127.0.0.1:{self._port}/static/{CHUNK}", (), self._pid)

    @property
    def tls_static(self) -> Lane:
        return Lane("nginx static", f"https://127.0.0.1:{self._tls_port}/static/{CHUNK}", (), self._pid)

    @property
    def cached(self) -> Lane:
        return Lane("nginx cache", f"http://127.0.0.1:{self._port}/{BUCKET}/{PREFIX}/{{book}}/{CHUNK}", (), self._pid)


class Varnish:
    """A cache in memory before the origin."""

    def __init__(self, workspace: Workspace, origin_port: int):
        directory = workspace.directory("varnish")
        port = free_port()
        (directory / "bench.vcl").write_text(_VCL.format(origin_port=origin_port))
        daemon = workspace.spawn("varnish", [
            _find("varnishd") or "varnishd", "-F", "-j", "none", "-n", directory / "work", "-a", f"127.0.0.1:{port}",
            "-f", directory / "bench.vcl", "-s", "malloc,2G"])
        workspace.wait_ready(daemon, lambda: accepts(port))
        self.cached = Lane("varnish", f"http://127.0.0.1:{port}/{BUCKET}/{PREFIX}/{{book}}/{CHUNK}", (), daemon.pid)


def _find(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
