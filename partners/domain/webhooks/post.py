"""One HTTP POST to a partner's address: only to public addresses, without redirects, bounded in time and size.

The name is resolved once, every address it has is checked, and the connection goes to a checked address, so
that a name that changes its mind between the check and the connection gains nothing.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext_noop

from loyalty.lib.errors import DomainError

CONNECT_SECONDS = 4.0
TOTAL_SECONDS = 10.0
LONGEST_ANSWER = 16 * 1024
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NotSent(Exception):
    """Nobody answered, or the address may not be called. The message says why."""


@dataclass(slots=True, frozen=True)
class Answer:
    """The status of the answer, and after how many seconds the receiver asks to be called again."""

    status: int
    retry_after: int | None = None


def check_url(url: str, *, allow_private: bool) -> SplitResult:
    """The parts of an address that may be called. Raises DomainError bad_webhook_url with the reason.

    `allow_private` (tests and development only) also lets plain HTTP through.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise DomainError("bad_webhook_url", gettext_noop("This is not a web address.")) from None
    schemes = ("https", "http") if allow_private else ("https",)
    if parts.scheme not in schemes or not parts.hostname:
        raise DomainError("bad_webhook_url", gettext_noop("The address must begin with https:// and name a host."))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise DomainError("bad_webhook_url", gettext_noop("The address must hold neither a user name nor a password nor a fragment."))
    if port == 0 or any(char <= " " or char == "\x7f" for char in url):
        raise DomainError("bad_webhook_url", gettext_noop("This is not a web address."))
    try:
        literal = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return parts
    if not allow_private and not is_public(literal):
        raise DomainError("bad_webhook_url", gettext_noop("The address belongs to a private network."))
    return parts


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is on the public internet, and carries no other address inside it."""
    if isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped or address.sixtofour or address.teredo or address in _NAT64):
        return False
    return address.is_global and not address.is_multicast


def post(url: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool, total_seconds: float = TOTAL_SECONDS) -> Answer:
    """Send, and return the answer whatever its status. Raises NotSent."""
    try:
        parts = check_url(url, allow_private=allow_private)
    except DomainError as error:
        raise NotSent(error.message) from None
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = _resolve(host, port, allow_private=allow_private)
    connection = _Pinned(host, port, addresses, tls=parts.scheme == "https")
    watchdog = threading.Timer(total_seconds, connection.cut)
    watchdog.start()
    try:
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request("POST", path, body=body, headers=dict(headers))
        response = connection.getresponse()
        response.read(LONGEST_ANSWER)
        return Answer(response.status, _seconds(response.getheader("Retry-After")))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotSent(f"no answer within {total_seconds:g} s" if connection.was_cut else _reason(error)) from None
    finally:
        watchdog.cancel()
        connection.close()


def _resolve(host: str, port: int, *, allow_private: bool) -> list[tuple[socket.AddressFamily, str]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        raise NotSent("the host name can't be resolved") from None
    addresses = [(family, str(address[0])) for family, _type, _proto, _name, address in found]
    for _family, text in addresses:
        # One private address among public ones is a trap, not a choice.
        if not allow_private and not is_public(ipaddress.ip_address(text.split("%", 1)[0])):
            raise NotSent("the host name leads into a private network")
    return addresses


class _Pinned(http.client.HTTPConnection):
    """A connection to one of the checked addresses, whatever the name says by now. TLS still checks the name."""

    def __init__(self, host: str, port: int, addresses: list[tuple[socket.AddressFamily, str]], *, tls: bool) -> None:
        super().__init__(host, port, timeout=CONNECT_SECONDS)
        self.addresses = addresses
        self.default_port = 443 if tls else 80
        self.tls = tls
        self.was_cut = False

    def connect(self) -> None:
        last: OSError | None = None
        for _family, address in self.addresses:
            if self.was_cut:
                break
            try:
                raw = socket.create_connection((address, self.port), CONNECT_SECONDS)
            except OSError as error:
                last = error
                continue
            self.sock = raw
            # The watchdog ends what takes too long as a whole.
            raw.settimeout(TOTAL_SECONDS)
            if self.tls:
                # The handshake comes after, so that the watchdog can end it too.
                self.sock = secured = ssl.create_default_context().wrap_socket(raw, server_hostname=self.host, do_handshake_on_connect=False)
                secured.do_handshake()
            return
        raise last or TimeoutError

    def cut(self) -> None:
        """End the call from another thread."""
        self.was_cut = True
        if self.sock is not None:
            try:
                # Not SSLSocket's own, which would pull the object from under the thread that reads.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
            except OSError:
                return


def _seconds(header: str | None) -> int | None:
    return int(header) if header and header.isascii() and header.isdigit() and len(header) < 8 else None


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not valid: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    return f"the call broke off ({type(error).__name__})"
