"""First program in the sandbox: starts the single-user server on a listening socket that the host made and passed in.

The host binds and listens, so no path of the sandbox is ever resolved by the host. jupyter_server can serve on a socket
path but not on an inherited socket; the two functions it uses for that are replaced here (a test holds the version).
"""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

import jupyter_server.serverapp as serverapp
from jupyterhub.singleuser import main

LOCALES = {"nl": "nl_NL", "en": "default"}


def serve_on_inherited_socket(descriptor: int) -> None:
    """Let the server listen on `descriptor`; the path it is given exists only to satisfy its own checks."""
    listening = socket.socket(fileno=descriptor)
    listening.setblocking(False)
    path = Path(os.environ["JUPYTER_RUNTIME_DIR"], "server.sock")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    serverapp.bind_unix_socket = lambda *_, **__: listening
    serverapp.unix_socket_in_use = lambda _: False
    sys.argv.append(f"--ServerApp.sock={path}")


def speak(language: str) -> None:
    """Show JupyterLab in the person's language from the first time on; a later choice of their own stays."""
    place = Path(os.environ["JUPYTERLAB_SETTINGS_DIR"], "@jupyterlab", "translation-extension")
    setting = place / "plugin.jupyterlab-settings"
    if not setting.exists():
        place.mkdir(parents=True, exist_ok=True)
        setting.write_text(json.dumps({"locale": LOCALES.get(language, "default")}))


if __name__ == "__main__":
    serve_on_inherited_socket(int(os.environ.pop("ENCLAVE_LISTEN_DESCRIPTOR")))
    speak(os.environ.get("ENCLAVE_LANGUAGE", "nl"))
    main()
