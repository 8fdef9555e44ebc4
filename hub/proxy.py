"""How to start the public proxy: an own service, because a proxy started by the hub outlives it and blocks its next start."""

from __future__ import annotations

import os
from pathlib import Path

from hub.settings import Settings


def command(settings: Settings) -> list[str]:
    """Command line of configurable-http-proxy: public door, loopback steering port, hub as default target."""
    return [
        str(Path(settings.proxy_command).absolute()),
        "--ip", "127.0.0.1",
        "--port", str(settings.public_port),
        "--api-ip", "127.0.0.1",
        "--api-port", str(settings.proxy_api_port),
        "--default-target", settings.hub_bind_url,
        "--error-target", f"{settings.hub_bind_url}/hub/error",
        "--log-level", "warn",
    ]  # fmt: skip


def environment(settings: Settings) -> dict[str, str]:
    """Environment of the proxy; the token goes by environment because a command line is public on the host."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "CONFIGPROXY_AUTH_TOKEN": settings.secret("proxy_auth_token"),
    }
