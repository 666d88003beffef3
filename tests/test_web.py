from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlscanner_hep.cli.web import Server
from mlscanner_hep.errors import ConfigError
from mlscanner_hep.results.monitor import Monitor
from mlscanner_hep.scan import Scan

Ask = Callable[..., tuple[int, dict[str, str], bytes]]


@pytest.fixture
def server(ring_model: Callable[..., Path]) -> Iterator[Server]:
    with Scan.load(ring_model()) as scan:
        _ = scan.ledger
        scan.ask(5)
    with Server("ring", Monitor(scan)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def ask(server: Server) -> Ask:
    def ask(path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        found = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
        return found

    return ask


def test_the_page_and_its_data(server: Server, ask: Ask) -> None:
    root = f"/{server.token}/"
    assert server.address == f"http://127.0.0.1:{server.server_port}{root}"
    status, headers, page = ask(root)
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    for name in re.findall(rb'(?:href|src)="([^"]+)"', page):
        assert ask(root + name.decode())[0] == 200
    status, headers, data = ask(root + "state.json")
    assert (status, headers["Content-Type"]) == (200, "application/json")
    state = json.loads(data)
    assert (state["name"], state["pending"], state["calls"]) == ("ring", 5, 0)


def test_it_asks_nobody_else(server: Server, ask: Ask) -> None:
    """No request leaves the machine, and no text of a code becomes HTML or a script."""
    root = f"/{server.token}/"
    _, headers, page = ask(root)
    files = page + ask(root + "page.js")[2] + ask(root + "page.css")[2]
    assert re.findall(rb"https?://[^\"' ]+", files) == [b"http://www.w3.org/2000/svg"]
    assert b"innerHTML" not in files
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize(
    "path",
    ["/", "//", "/state.json", "/TOKE/state.json", "/TOKEN", "/TOKEN/nothing", "/TOKEN/pages/",
     "/TOKEN/../page.js", "/TOKEN/../../../etc/passwd", "/TOKEN/%2e%2e/web.py", "/TOKEN/web.py",
     "/TOKEN//etc/passwd"],
)  # fmt: skip
def test_there_is_nothing_else(server: Server, ask: Ask, path: str) -> None:
    path = path.replace("TOKEN", server.token).replace("TOKE/", f"{server.token[:-1]}/")
    assert ask(path)[0] == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_a_name_of_somebody_else_for_this_machine(server: Server, ask: Ask, host: str) -> None:
    """DNS rebinding: the browser believes that it talks to the host that it names."""
    assert ask(f"/{server.token}/state.json", Host=host)[0] == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "localhost:1234"}, 200),  # a tunnel that begins at another port
        ({"Host": "127.0.0.1:8000", "Origin": "http://127.0.0.1:8000"}, 200),
        ({"Host": "127.0.0.1:8000", "Origin": "http://127.0.0.1:9000"}, 403),
        ({"Host": "127.0.0.1:8000", "Origin": "https://evil.example"}, 403),
        ({"Host": "127.0.0.1:8000", "Origin": "null"}, 403),
        ({"Host": "[::1"}, 403),
    ],
)
def test_who_may_ask(server: Server, ask: Ask, headers: dict[str, str], status: int) -> None:
    assert ask(f"/{server.token}/state.json", **headers)[0] == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
def test_nothing_can_be_done(server: Server, ask: Ask, method: str) -> None:
    assert ask(f"/{server.token}/state.json", method)[0] == 501


def test_a_browser_that_goes_away_is_no_trouble(
    server: Server, ask: Ask, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(name: str) -> None:
        raise BrokenPipeError

    with monkeypatch.context() as patch:
        patch.setattr(server, "answer", gone)
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            ask(f"/{server.token}/")
    assert ask(f"/{server.token}/")[0] == 200
    assert capsys.readouterr().err == ""


def test_it_is_for_this_machine_only(server: Server) -> None:
    assert server.server_address[0] == "127.0.0.1"
    assert len(server.token) >= 32
    with pytest.raises(ConfigError, match="--port"):
        Server("other", server._monitor, server.server_port)


def test_a_ledger_that_goes_away(server: Server, ask: Ask, tmp_path: Path) -> None:
    root = f"/{server.token}/state.json"
    assert ask(root)[0] == 200
    server._monitor = Monitor(Scan.load(tmp_path / "ring" / "model.toml", tmp_path / "gone"))
    status, _, data = ask(root)
    assert (status, "holds no scan" in json.loads(data)["error"]) == (503, True)
