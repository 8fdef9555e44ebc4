"""The two clients of the embedded provider: the pages of the api, and the hub. Nobody else is one."""

from __future__ import annotations

from dataclasses import dataclass, field

from api.identity.tokens import equal
from api.secrets import SecretStore
from api.settings import Settings
from output_checker.text import Text

SCOPES = ("openid", "profile", "email")
AUTHENTICATION = "client_secret_basic"
GRANT_TYPE = "authorization_code"
RESPONSE_TYPE = "code"
LOGGED_OUT = "/auth/logged-out"


@dataclass(frozen=True)
class Client:
    """A confidential client, with the questions that Authlib's server asks of one."""

    client_id: str
    secret: str = field(repr=False)
    name: Text
    redirect_uris: frozenset[str]
    post_logout_redirect_uris: frozenset[str]

    def get_client_id(self) -> str:
        """Return the public name of the client."""
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """Return None: a client always says where to return to."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Return the scopes that are known, None without ``openid``; unknown ones are ignored (OpenID Connect 3.1.2.1)."""
        wanted = (scope or "").split()
        return " ".join(name for name in SCOPES if name in wanted) if "openid" in wanted else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Tell whether answers may go there; compared as exact strings (RFC 9700, 2.1)."""
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Tell whether this is the secret, in constant time."""
        return equal(self.secret, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Tell whether the client may prove itself this way."""
        return method == AUTHENTICATION

    def check_response_type(self, response_type: str) -> bool:
        """Tell whether the client may ask for this: codes only, never tokens in an address."""
        return response_type == RESPONSE_TYPE

    def check_grant_type(self, grant_type: str) -> bool:
        """Tell whether the client may get tokens this way: by a code only, no refresh tokens."""
        return grant_type == GRANT_TYPE


def api_callback(settings: Settings) -> str:
    """Return where the issuer sends people back to the pages."""
    return f"{settings.api_url}/auth/callback"


def clients(settings: Settings, secrets: SecretStore) -> dict[str, Client]:
    """Return the registered clients by their id."""
    pages = Client(
        client_id="api",
        secret=secrets.read("api_client_secret"),
        name=Text("de pagina's van Urban Enclave", "the pages of Urban Enclave"),
        redirect_uris=frozenset({api_callback(settings)}),
        post_logout_redirect_uris=frozenset({f"{settings.api_url}{LOGGED_OUT}"}),
    )
    hub = Client(
        client_id="hub",
        secret=secrets.read("hub_client_secret"),
        name=Text("de werkplaats (JupyterHub)", "the workplace (JupyterHub)"),
        redirect_uris=frozenset({f"{settings.hub_url}/hub/oauth_callback"}),
        post_logout_redirect_uris=frozenset({f"{settings.hub_url}/hub/", f"{settings.api_url}{LOGGED_OUT}"}),
    )
    return {client.client_id: client for client in (pages, hub)}
