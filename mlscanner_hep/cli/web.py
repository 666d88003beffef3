"""A page that shows a run while it goes on, for a browser on this machine and nobody else."""

from __future__ import annotations

import json
import secrets
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from urllib.parse import urlsplit

from mlscanner_hep.cli.console import strict
from mlscanner_hep.errors import ConfigError, LedgerError
from mlscanner_hep.results.monitor import Monitor

LOOPBACK = "127.0.0.1"
OURS = frozenset({LOOPBACK, "localhost"})
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
PAGES = {
    "": ("page.html", "text/html; charset=utf-8"),
    "page.css": ("page.css", "text/css; charset=utf-8"),
    "page.js": ("page.js", "text/javascript; charset=utf-8"),
}


class Server(ThreadingHTTPServer):
    """Serves the page and its data below a secret path, to this machine only.

    Whoever knows the address may look; nothing can be changed. A page of somebody else in the same
    browser does not know it. If it had the browser take its own name for this machine (DNS
    rebinding), the request would name a host that is not ours.

    Parameters
    ----------
    title : str
        Name of the scan.
    monitor : Monitor
        What looks at it.
    port : int
        0 for any free one.

    Raises
    ------
    ConfigError
        If the port is taken or not allowed.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, title: str, monitor: Monitor, port: int = 0) -> None:
        self.token = secrets.token_urlsafe(24)
        self._title, self._monitor = title, monitor
        self._looking = threading.Lock()
        try:
            super().__init__((LOOPBACK, port), _Handler)
        except OSError as error:
            raise ConfigError(f"--port {port}: {error.strerror or error}") from error

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://{LOOPBACK}:{self.server_port}/{self.token}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that has gone before it had its answer."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def answer(self, name: str) -> tuple[HTTPStatus, str, bytes]:
        """Status, type and content of what is below the secret path."""
        if name == "state.json":
            return self._state()
        if name not in PAGES:
            return HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"not found\n"
        file, kind = PAGES[name]
        return (
            HTTPStatus.OK,
            kind,
            resources.files(__package__).joinpath("pages", file).read_bytes(),
        )

    def _state(self) -> tuple[HTTPStatus, str, bytes]:
        kind = "application/json"
        try:
            with self._looking:  # several browsers look through one pair of eyes
                state = self._monitor.state()
        except LedgerError as error:
            text = json.dumps({"error": str(error)})
            return HTTPStatus.SERVICE_UNAVAILABLE, kind, text.encode()
        data = {"name": self._title, **state.as_data(), "remaining": state.remaining}
        return HTTPStatus.OK, kind, json.dumps(strict(data)).encode()


class _Handler(BaseHTTPRequestHandler):
    server: Server
    server_version, sys_version = "mlscanner-hep", ""
    timeout = 10  # seconds for a request: nobody holds a thread for ever

    def do_GET(self) -> None:
        if not self._is_ours():
            self._send(HTTPStatus.FORBIDDEN, "text/plain; charset=utf-8", b"forbidden\n")
            return
        _, token, name = [*urlsplit(self.path).path.split("/", 2), "", ""][:3]
        known = secrets.compare_digest(token.encode(), self.server.token.encode())
        if not known or self.path.count("/") < 2:
            self._send(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"not found\n")
            return
        self._send(*self.server.answer(name))

    def _is_ours(self) -> bool:
        """Whether the browser thinks that it talks to this machine, and no other page asks."""
        host = self.headers.get("Host", "")
        origin = self.headers.get("Origin")
        try:
            return urlsplit(f"//{host}").hostname in OURS and origin in (None, f"http://{host}")
        except ValueError:
            return False

    def _send(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the path is a secret."""
