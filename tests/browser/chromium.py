"""A headless Chromium over its own DevTools socket: open a file, press keys, ask the page."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from websockets.sync.client import ClientConnection, connect

BINARY = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)
PATIENCE_S = 30
KEY = {"Tab": 9, "Enter": 13, "Space": 32, "Escape": 27, "ArrowLeft": 37, "ArrowDown": 40}


class Page:
    """One tab. `complaints` are console errors, uncaught exceptions and what the policy refused."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self.number = socket, 0
        self.complaints: list[str] = []
        self.requests: list[str] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        self.socket.send(json.dumps(message))
        while True:
            answer = json.loads(self.socket.recv(timeout=PATIENCE_S))
            self._note(answer)
            if answer.get("id") == self.number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]

    def _note(self, answer: dict[str, Any]) -> None:
        said = answer.get("params", {})
        match answer.get("method"):
            case "Runtime.exceptionThrown":
                self.complaints.append(said["exceptionDetails"]["text"])
            case "Runtime.consoleAPICalled" if said["type"] in ("error", "warning", "assert"):
                self.complaints.append(str(said["args"]))
            case "Log.entryAdded" if said["entry"]["level"] in ("error", "warning"):
                self.complaints.append(said["entry"]["text"])
            case "Network.requestWillBeSent":
                self.requests.append(said["request"]["url"])

    def open(self, path: Path, fragment: str = "") -> float:
        """Load a file; seconds until it is laid out, by the wall clock outside the browser."""
        began = time.perf_counter()
        self.ask("Page.navigate", url=f"{path.resolve().as_uri()}{fragment}")
        loaded = "document.readyState === 'complete' && document.body?.offsetHeight > 0"
        while not self.js(loaded):
            time.sleep(0.01)
        return time.perf_counter() - began

    def js(self, expression: str) -> Any:
        answer = self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str, times: int = 1) -> None:
        text = {"Enter": "\r", "Space": " "}.get(key, "")
        named = {"key": " " if key == "Space" else key, "code": key}
        for _ in range(times):
            self.ask(
                "Input.dispatchKeyEvent",
                type="keyDown",
                text=text,
                windowsVirtualKeyCode=KEY[key],
                **named,
            )
            self.ask(
                "Input.dispatchKeyEvent", type="keyUp", windowsVirtualKeyCode=KEY[key], **named
            )

    def write(self, text: str) -> None:
        self.ask("Input.insertText", text=text)

    def shown_as(self, media: str = "screen", scheme: str = "light") -> None:
        """Show the page as on a screen or on paper, for someone who asked for light or dark."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.ask("Emulation.setEmulatedMedia", media=media, features=features)

    def resize(self, width: int, height: int) -> None:
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def picture(self, path: Path, width: int, height: int, x: float = 0, y: float = 0) -> None:
        """A picture of what lies so wide and so high from a place of the page."""
        self.resize(width, height)
        self.js("scrollTo(0, 0)")  # what sticks to an edge goes back to its place
        clip = {"x": x, "y": y, "width": width, "height": height, "scale": 1}
        taken = self.ask("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(taken["data"]))

    def picture_of(self, path: Path, selector: str, width: int) -> None:
        """A picture of one element, as wide as the page and as high as it is."""
        self.resize(width, 900)
        self.js("scrollTo(0, 0)")
        box = self.js(
            f"(b => [b.top + scrollY, b.height])(document.querySelector({json.dumps(selector)})"
            ".getBoundingClientRect())"
        )
        self.picture(path, width, round(box[1]), y=box[0])


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what the selector says has the focus; fails when it never does."""
    for _ in range(120):
        page.press("Tab")
        if page.js(f"document.activeElement.matches({json.dumps(selector)})"):
            return
    raise AssertionError(f"the Tab key never reaches {selector}")


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """A fresh browser with its profile in `folder`; ended when the block ends."""
    assert BINARY, "no Chromium; on Debian: apt-get install chromium"
    process = subprocess.Popen(
        [BINARY, *QUIET, f"--user-data-dir={folder}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with connect(_address(folder), max_size=1 << 28) as socket:
            yield Page(socket)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)


def _address(folder: Path) -> str:
    """The socket of the first tab, once the browser has written down its port."""
    said = folder / "DevToolsActivePort"
    for _ in range(PATIENCE_S * 20):
        if said.exists() and len(lines := said.read_text().splitlines()) == 2:
            with urlopen(f"http://127.0.0.1:{lines[0]}/json/list") as answer:
                tabs = [tab for tab in json.load(answer) if tab["type"] == "page"]
            if tabs:
                return tabs[0]["webSocketDebuggerUrl"]
        time.sleep(0.05)
    raise AssertionError("Chromium did not start")
