"""JupyterLab as a student starts it, with folders of its own, and kernels that cannot leave the machine."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from lstm_lib.bootstrap import lab_command, lab_environment

TOKEN = "browser-tests"
START_SECONDS = 300  # against waiting without end, on the busiest machine
# Every kernel runs this first: a look at any other machine fails, and is written down.
GUARD = """\
import sys


def _stay_here(event, arguments, LOG={log!r}):
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host or "localhost"
    if host not in ("localhost", "::1") and not host.startswith("127."):
        with open(LOG, "a", encoding="utf-8") as log:
            print(event, host, file=log)
        raise OSError(f"{{host}}: no request may leave the machine")


sys.addaudithook(_stay_here)
del sys
"""


class LabServer:
    """A running JupyterLab.

    Args: process; address: without a slash at its end; outside: the file that lists kernels' attempts to
        reach another machine.
    """

    def __init__(self, process: psutil.Process, address: str, outside: Path):
        self._process, self.address, self._outside = process, address, outside

    def url(self, path: str) -> str:
        """The page of a path, with what the server wants to see before it answers."""
        return f"{self.address}/{path}?token={TOKEN}"

    def attempts_to_leave(self) -> list[str]:
        """Kernels' attempts to reach another machine, all of which failed."""
        return self._outside.read_text(encoding="utf-8").splitlines() if self._outside.exists() else []

    def kernel_process(self, kernel_id: str) -> psutil.Process:
        """The process of a kernel."""
        (process,) = (
            child for child in self._process.children(recursive=True) if kernel_id in "".join(child.cmdline())
        )
        return process

    def shut_kernels_down(self) -> None:
        """End all kernels, and wait for their end."""
        with urllib.request.urlopen(self.url("api/kernels"), timeout=10) as reply:
            kernels = json.load(reply)
        for kernel in kernels:
            request = urllib.request.Request(self.url(f"api/kernels/{kernel['id']}"), method="DELETE")
            urllib.request.urlopen(request, timeout=30).close()


@contextmanager
def running_lab(home: Path, work: Path) -> Iterator[LabServer]:
    """Start JupyterLab on a free port, and stop it at the end.

    Args: home: for its settings, its kernels' and its log, so that none of the user's are read or
        changed; work: the folder that it shows.
    """
    outside, log = home / "outside.log", home / "server.log"
    write(home / "ipython/profile_default/startup/stay_here.py", GUARD.format(log=str(outside)))
    port = free_port()
    options = [
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={work}",
        "--LabApp.expose_app_in_browser=True",
    ]
    with log.open("w") as sink:
        process = psutil.Popen(
            lab_command(options),
            env=lab_environment(private_environment(home)),
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    server = LabServer(process, f"http://127.0.0.1:{port}", outside)
    try:
        wait_for(server, process, log)
        yield server
        server.shut_kernels_down()
    finally:
        process.terminate()
        try:
            process.wait(20)
        except psutil.TimeoutExpired:
            process.kill()


def write(path: Path, text: str) -> None:
    """Write a file into a folder that need not be there yet."""
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")


def private_environment(home: Path) -> dict[str, str]:
    """This process's environment, but with folders in `home` for all that Jupyter reads and writes."""
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    return {**os.environ, **{name: str(home / folder) for name, folder in folders.items()}}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(server: LabServer, process: psutil.Process, log: Path) -> None:
    """Return when the server answers; fail with its log if it does not."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.is_running():
        try:
            urllib.request.urlopen(server.url("api/status"), timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')}")
