# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Headless Chromium, driven over its DevTools protocol through a pair of pipes.

    with Chromium(workspace, downloads) as browser:
        page = browser.page()
        page.call("Page.navigate", url="http://127.0.0.1:8080/")
        page.evaluate("document.title")
        browser.wait_for("Browser.downloadProgress", lambda event: event["state"] == "completed")

Messages are JSON, each ended by a NUL byte. One thread at a time.
"""

import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .workspace import Workspace

_DEADLINE = 60  # seconds, on a busy machine


class Chromium:
    """One browser with a profile of its own. Ends with the `with` statement, or with the workspace."""

    def __init__(self, workspace: Workspace, downloads: Path, *flags: str):
        binary = shutil.which("chromium")
        assert binary is not None, "chromium is not installed; run: make deps"
        profile = workspace.directory(f"chromium-{os.urandom(4).hex()}")
        to_browser, self._write_fd = _pipe()
        self._read_fd, from_browser = _pipe()
        # --no-sandbox: as root there is no other way, and it only meets our own servers.
        command = [binary, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                   "--disable-background-networking", "--disable-component-update", "--disable-sync", "--mute-audio",
                   "--autoplay-policy=no-user-gesture-required", f"--user-data-dir={profile}", "--remote-debugging-pipe",
                   *flags, "about:blank"]
        # It reads from descriptor 3 and writes to 4.
        shell = f'exec 3<&{to_browser} 4>&{from_browser}; exec "$@"'
        self._log = open(workspace.path / f"{profile.name}.log", "wb")
        self._process = subprocess.Popen(["bash", "-c", shell, "chromium", *command], stdin=subprocess.DEVNULL,
                                         stdout=self._log, stderr=self._log, pass_fds=(to_browser, from_browser),
                                         env={**os.environ, "HOME": str(profile)})
        os.close(to_browser)
        os.close(from_browser)
        self._received = b""
        self._events: list[dict[str, Any]] = []
        self._last_id = 0
        self.downloads = downloads
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads), eventsEnabled=True)

    def __enter__(self) -> "Chromium":
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.call("Browser.close")
            self._process.wait(20)
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        for descriptor in (self._read_fd, self._write_fd):
            os.close(descriptor)
        self._log.close()

    def call(self, method: str, session: str = "", **parameters: object) -> dict[str, Any]:
        """The command's result; AssertionError with the browser's words if it failed."""
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write_fd, data):]
        number = self._last_id
        answer = self._take(lambda found: found.get("id") == number, method)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def wait_for(self, event: str, condition: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """The parameters of the first such event that has come or comes, which is then used up."""
        return self._take(lambda found: found.get("method") == event and condition(found["params"]), event)["params"]

    def page(self, url: str = "about:blank") -> "Page":
        target = self.call("Target.createTarget", url=url)["targetId"]
        return Page(self, self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])

    def _take(self, wanted: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        deadline = time.monotonic() + _DEADLINE
        while True:
            for message in self._events:
                if wanted(message):
                    self._events.remove(message)
                    return message
            assert time.monotonic() < deadline, f"Chromium did not say {what} within {_DEADLINE} s; log: {self._log.name}"
            self._receive(deadline - time.monotonic())

    def _receive(self, seconds: float) -> None:
        if not select.select([self._read_fd], [], [], max(0, seconds))[0]:
            return
        data = os.read(self._read_fd, 1 << 20)
        assert data, f"Chromium has ended; its log: {Path(self._log.name).read_text(errors='replace')[-3000:]}"
        *messages, self._received = (self._received + data).split(b"\0")
        self._events += [json.loads(message) for message in messages]


def _pipe() -> tuple[int, int]:
    """Its ends, numbered so that they are in nobody's way."""
    low = os.pipe()
    high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 20) for descriptor in low]
    for descriptor in low:
        os.close(descriptor)
    return high[0], high[1]


class Page:
    """One tab."""

    def __init__(self, browser: Chromium, session: str):
        self._browser = browser
        self._session = session

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        return self._browser.call(method, self._session, **parameters)

    def evaluate(self, script: str) -> Any:
        """The script's value; of a promise what it is fulfilled with. AssertionError if it throws."""
        result = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")
