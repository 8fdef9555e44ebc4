"""From which address a person comes, behind our own proxy and those of the institution."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network


def client_address(headers: Mapping[str, str], trusted_proxies: str) -> str:
    """Return the last address in ``X-Forwarded-For`` that is not a trusted proxy's; "" when there is none.

    Our own proxy adds who it spoke with at the end, so that what a client writes there itself stands before it. Other
    headers (``X-Real-Ip``) anybody can write. `trusted_proxies` holds addresses and networks, separated by spaces.
    """
    trusted = [ip_network(one) for one in trusted_proxies.split()]
    for hop in reversed(headers.get("X-Forwarded-For", "").split(",")):
        try:
            address = ip_address(hop.strip())
        except ValueError:
            return ""
        if not any(address in network for network in trusted):
            return str(address)
    return ""
