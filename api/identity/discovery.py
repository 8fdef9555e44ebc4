"""What the provider tells about itself (OpenID Connect Discovery 1.0, RP-Initiated Logout 1.0, RFC 9207)."""

from __future__ import annotations

from typing import Any

from api.identity.authorization import PROMPTS
from api.identity.clients import AUTHENTICATION, GRANT_TYPE, RESPONSE_TYPE, SCOPES
from api.identity.keys import ALGORITHM
from api.identity.provider_logins import LEVELS
from api.settings import Settings
from output_checker.text import LANGUAGES

_ENDPOINTS = {
    "authorization_endpoint": "/oidc/authorize",
    "token_endpoint": "/oidc/token",
    "userinfo_endpoint": "/oidc/userinfo",
    "jwks_uri": "/oidc/jwks",
    "end_session_endpoint": "/oidc/logout",
}
_CLAIMS = (
    *("iss", "sub", "aud", "exp", "iat", "nonce", "acr", "amr", "auth_time", "sid", "at_hash"),
    *("name", "email", "locale"),
)


def discovery(settings: Settings) -> dict[str, Any]:
    """Return the provider's description of itself."""
    return {
        "issuer": settings.issuer_url,
        **{name: f"{settings.issuer_url}{path}" for name, path in _ENDPOINTS.items()},
        "response_types_supported": [RESPONSE_TYPE],
        "response_modes_supported": ["query"],
        "grant_types_supported": [GRANT_TYPE],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": [AUTHENTICATION],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": list(SCOPES),
        "claims_supported": list(_CLAIMS),
        "acr_values_supported": [level.acr for level in LEVELS],
        "prompt_values_supported": sorted(PROMPTS),
        "ui_locales_supported": list(LANGUAGES),
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }
