"""Configuration of JupyterHub: login by OpenID Connect, sandboxes by bubblewrap, everything on loopback behind the proxy."""

from __future__ import annotations

import hashlib
from pathlib import Path

from traitlets.config import get_config

from hub import words
from hub.authenticator import OpenIDAuthenticator
from hub.oidc import RelyingParty
from hub.open import HANDLERS
from hub.origin import HubOrigin
from hub.settings import get_settings
from hub.spawner import BubblewrapSpawner

settings = get_settings()
settings.own_run()
c = get_config()

c.JupyterHub.bind_url = settings.hub_url
c.JupyterHub.public_url = settings.hub_url
c.JupyterHub.hub_bind_url = settings.hub_bind_url
c.JupyterHub.db_url = f"sqlite:///{settings.directory('hub') / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret = bytes.fromhex(settings.secret("hub_cookie_secret"))
c.JupyterHub.cookie_max_age_days = 0.5
c.JupyterHub.template_paths = [str(Path(__file__).parent / "templates")]
c.JupyterHub.template_vars = {"enclave_pages": settings.api_url.rstrip("/"), "words": vars(words)}
c.JupyterHub.extra_handlers = HANDLERS
c.JupyterHub.default_url = f"{settings.api_url.rstrip('/')}/projects"
c.JupyterHub.tornado_settings = {"transforms": [HubOrigin]}

# The proxy is its own service; it and the sandboxes outlive a restart of the hub.
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = settings.proxy_api_url
c.ConfigurableHTTPProxy.auth_token = settings.secret("proxy_auth_token")
c.JupyterHub.cleanup_servers = False
c.JupyterHub.cleanup_proxy = False

c.JupyterHub.authenticator_class = OpenIDAuthenticator
c.OpenIDAuthenticator.party = RelyingParty(
    issuer=settings.issuer_url,
    client_id=settings.hub_client_id if settings.issuer else "hub",
    client_secret=settings.secret("hub_client_secret"),
    callback=f"{settings.hub_url.rstrip('/')}/hub/oauth_callback",
    subject_claim=settings.subject_claim if settings.issuer else "sub",
)
c.OpenIDAuthenticator.auto_login = True
# Whoever the provider lets in may see the hub; whether a sandbox opens is the api's decision, each time.
c.OpenIDAuthenticator.allow_all = True
c.OpenIDAuthenticator.enable_auth_state = True
c.CryptKeeper.keys = [hashlib.sha256(b"auth state" + settings.secret("hub_cookie_secret").encode()).digest()]

c.JupyterHub.spawner_class = BubblewrapSpawner
c.JupyterHub.allow_named_servers = True
c.JupyterHub.named_server_limit_per_user = settings.servers_per_person
c.Spawner.disable_user_config = True
c.Spawner.start_timeout = settings.spawn_seconds
c.Spawner.http_timeout = settings.spawn_seconds
c.Spawner.poll_interval = 2
# A refusal is no failure of the hub, however often it happens.
c.Spawner.consecutive_failure_limit = 0

c.JupyterHub.services = [{"name": "watch", "api_token": settings.secret("watch_token")}]
c.JupyterHub.load_roles = [
    # The watch knows from the register what runs; at the hub it can stop servers and nothing else.
    {"name": "watch", "scopes": ["delete:servers"], "services": ["watch"]},
    # People start, enter and stop their own servers. No tokens: one would outlive the login and the second factor. No
    # shares: nobody enters another person's sandbox. Activity is what their servers report.
    {
        "name": "user",
        "scopes": ["access:servers!user", "read:users!user", "servers!user", "users:activity!user"],
    },
]
