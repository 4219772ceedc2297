"""The blocks of docs/deploying.md, run with the tools themselves where they are installed."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from racelab.server import Server, listen, stop, with_patience
from tests.pages import ROOT, blocks

pytestmark = pytest.mark.commands

PAGE = ROOT / "docs" / "deploying.md"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
SYSTEMD = shutil.which("systemd-analyze")
SURROUNDED = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {server}
}}
"""
JSON = {"Content-Type": "application/json"}


def ask(port: int, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str]:
    """Status and text of an answer."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path, body, {**JSON, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.fixture(params=[0, 1], ids=["at the root", "below a path"])
def proxied(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[int, str]]:
    """The lab behind nginx with a block of the page: the port, and the path below which it is."""
    if NGINX is None:
        pytest.skip("nginx is not installed: its blocks are NOT tested")
    block = blocks(PAGE, "nginx")[request.param]
    with listen(0) as free:
        port = free.getsockname()[1]
    below = "/lab" if request.param else ""
    with Server(tmp_path / "instance", environ={"RACELAB_PROXIES": str(request.param)}) as lab:
        server = re.sub(r"listen 127.0.0.1:\d+", f"listen 127.0.0.1:{port}", block)
        server = server.replace("http://127.0.0.1:8000", lab.url)
        configuration = tmp_path / "nginx.conf"
        configuration.write_text(SURROUNDED.format(folder=tmp_path, server=server))
        process = subprocess.Popen([NGINX, "-p", str(tmp_path), "-c", str(configuration)], start_new_session=True)
        try:
            while not reached(port):
                assert process.poll() is None
                with_patience(process, 0.05)
            yield port, below
        finally:
            stop(process, 10.0)


def reached(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def test_behind_nginx_pages_links_and_changes_work(proxied: tuple[int, str]) -> None:
    """The page, its files, its polls, a change by the page, and no change by another site."""
    port, below = proxied
    status, page = ask(port, "GET", f"{below}/")
    assert status == 200
    files = re.findall(r'(?:href|src)="([^"#?]+\.(?:css|js))[?"]', page)
    assert files
    for file in files:
        assert file.startswith(f"{below}/static/"), file
        assert ask(port, "GET", file)[0] == 200, file
    assert f'data-base="{below}"' in page
    assert json.loads(ask(port, "GET", f"{below}/lab/poll?since=0")[1])["run"] == 1
    own, other = f"http://127.0.0.1:{port}", "http://127.0.0.1:1"
    for origin, wanted in ((own, 200), (other, 403)):
        assert ask(port, "POST", f"{below}/lab/dials", "{}", Origin=origin)[0] == wanted, origin


def test_the_units_are_what_systemd_understands(tmp_path: Path) -> None:
    """`systemd-analyze verify` finds nothing wrong with the service and the socket."""
    if SYSTEMD is None:
        pytest.skip("systemd-analyze is not installed: the units are NOT tested")
    service, listener = blocks(PAGE, "ini")
    here = str(Path(sys.executable).parent / "gunicorn")
    service = service.replace("/srv/session-race-lab/.venv/bin/gunicorn", here).replace(
        "/srv/session-race-lab", str(ROOT)
    )
    (tmp_path / "session-race-lab.service").write_text(service)
    (tmp_path / "session-race-lab.socket").write_text(listener)
    units = [str(tmp_path / f"session-race-lab.{kind}") for kind in ("service", "socket")]
    checked = subprocess.run([SYSTEMD, "verify", "--man=no", *units], capture_output=True, text=True, check=False)
    about_ours = [line for line in checked.stderr.splitlines() if "session-race-lab" in line]
    assert (checked.returncode, about_ours) == (0, []), checked.stderr


COMMANDS = [block.strip() for block in blocks(PAGE, "sh") if "--bind" in block or "flask" in block]


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_command_announces_is_answered(command: str, tmp_path: Path) -> None:
    """Each command serves, and answers under the name that it was given."""
    with listen(0) as free:
        port = free.getsockname()[1]
    path = tmp_path / "lab.sock"
    words = command.replace("8000", str(port)).replace("/tmp/session-race-lab.sock", str(path)).replace("'", "").split()
    words[0] = str(Path(sys.executable).parent / Path(words[0]).name)
    environ = {**os.environ, "RACELAB_INSTANCE": str(tmp_path / "instance"), "PYTHONPATH": str(ROOT)}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(words, cwd=ROOT, env=environ, stdout=quiet, stderr=quiet, start_new_session=True)
    family, where, host = (
        (socket.AF_UNIX, str(path), "localhost")
        if "unix:" in command
        else (socket.AF_INET6, ("::1", port), f"[::1]:{port}")
        if "::1" in command
        else (socket.AF_INET, ("127.0.0.1", port), f"127.0.0.1:{port}")
    )
    try:
        said = b""
        while not said:
            assert process.poll() is None
            said = healthy(family, where, host)
            with_patience(process, 0.05)
        assert b" 200 " in said.splitlines()[0]
        assert b'"healthy"' in said
    finally:
        stop(process, 10.0)


def healthy(family: socket.AddressFamily, where: str | tuple[str, int], host: str) -> bytes:
    """The answer to one request, or nothing if nobody listens yet."""
    with socket.socket(family) as connection:
        connection.settimeout(10)
        try:
            connection.connect(where)
        except OSError:
            return b""
        connection.sendall(f"GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_the_fixture_gives_each_test_a_lab_of_its_own(tmp_path: Path) -> None:
    """The test file of the page passes, and leaves no thread and no file behind."""
    (block,) = blocks(PAGE, "python")
    (tmp_path / "test_with_a_lab.py").write_text(block)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:locust", "-p", "no:cacheprovider", str(tmp_path)]
    ended = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "2 passed" in ended.stdout, ended.stdout + ended.stderr
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".py" and path.name != "__pycache__"] == []
