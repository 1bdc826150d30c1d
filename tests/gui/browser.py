"""A real Chromium, driven through chromedriver by the WebDriver protocol (W3C) and nothing else."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One window without a screen; use it in a ``with``."""

    def __init__(self, width: int = 1366, height: int = 768) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._driver = subprocess.Popen(
            ["chromedriver", f"--port={self._port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        options = {
            "args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars",
                     "--disable-background-networking", "--disable-component-update", "--no-first-run",
                     f"--window-size={width},{height}"]
        }  # fmt: skip
        wanted = {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }  # fmt: skip
        limit = time.monotonic() + 30
        while True:
            try:
                made = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
                break
            except OSError:
                if time.monotonic() > limit:
                    self._driver.kill()
                    raise
                time.sleep(0.2)
        self._session = f"/session/{made['sessionId']}"

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._ask("DELETE", self._session)
        finally:
            self._driver.terminate()
            self._driver.wait(20)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}", method=method,
            data=None if body is None else json.dumps(body).encode("utf-8"),
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read())["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode("utf-8", "replace")[:800]) from error

    def open(self, path: Path) -> None:
        """Open a file and wait for it."""
        self._ask("POST", f"{self._session}/url", {"url": path.absolute().as_uri()})

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script and return its value."""
        return self._ask("POST", f"{self._session}/execute/sync", {"script": script, "args": list(arguments)})

    def click(self, selector: str) -> None:
        """Click the first element of a selector, as a mouse does."""
        found = self._ask("POST", f"{self._session}/element", {"using": "css selector", "value": selector})
        self._ask("POST", f"{self._session}/element/{found[_ELEMENT]}/click", {})

    def type(self, selector: str, words: str) -> None:
        """Type into the first element of a selector."""
        found = self._ask("POST", f"{self._session}/element", {"using": "css selector", "value": selector})
        self._ask("POST", f"{self._session}/element/{found[_ELEMENT]}/value", {"text": words})

    def picture(self, path: Path) -> Path:
        """Take a picture of the window."""
        path.write_bytes(base64.b64decode(self._ask("GET", f"{self._session}/screenshot")))
        return path

    def pdf(self, path: Path) -> Path:
        """Print the page."""
        path.write_bytes(base64.b64decode(self._ask("POST", f"{self._session}/print", {})))
        return path

    def complaints(self) -> list[str]:
        """Return what the console has said since the last time."""
        return [one["message"] for one in self._ask("POST", f"{self._session}/se/log", {"type": "browser"})]

    def requests(self) -> list[str]:
        """Return the addresses asked for since the last time."""
        entries = self._ask("POST", f"{self._session}/se/log", {"type": "performance"})
        messages = [json.loads(one["message"])["message"] for one in entries]
        return [
            one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"
        ]
