"""What every answer of the hub tells a browser, also where JupyterHub gives none of its own headers.

Hub and hostile notebooks share one origin, so one bare answer is enough: a notebook page opens the icon of the hub in a
window, that window has no policy, and from it the page acts with all rights of the hub's own pages.
"""

from __future__ import annotations

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import OutputTransform

HUB = "/hub/"
ALWAYS = {
    # Cuts the tie with a window of another policy; notebooks have another one (hub.guard.headers).
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
PAGE_POLICY = "frame-ancestors 'none'; base-uri 'self'; object-src 'none'"
# Of use as a part of a page; as a page of its own it is of no origin and can do nothing.
FILE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
NOT_MODIFIED = 304
SERVER_IS_GONE = 424


class HubOrigin(OutputTransform):
    """Dresses every answer of the hub; tornado applies it to pages, files and errors alike."""

    def __init__(self, request: HTTPServerRequest) -> None:
        self.request = request

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Add the headers; answer the script of a page whose server is gone without sending it on."""
        for name, value in ALWAYS.items():
            headers[name] = value
        # "Not modified" has no type of its own, and a browser would put its policy on the page that it kept.
        if status_code != NOT_MODIFIED:
            page = headers.get("Content-Type", "").startswith("text/html")
            headers["Content-Security-Policy"] = PAGE_POLICY if page else FILE_POLICY
        if "Location" in headers and self._by_script():
            del headers["Location"]
            return SERVER_IS_GONE, headers, chunk
        return status_code, headers, chunk

    def _by_script(self) -> bool:
        # A redirect lifts the path from a notebook's policy: its script would read the hub's pages.
        mode = self.request.headers.get("Sec-Fetch-Mode", "navigate")
        return mode != "navigate" and not self.request.path.startswith(HUB)
