"""Where a webhook may go: public addresses over TLS, the checked address itself, no redirects, bounded in time and size."""

import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from loyalty.lib.errors import DomainError
from partners.domain.webhooks import post as webhook_post
from partners.domain.webhooks.post import LONGEST_ANSWER, Answer, NotSent, check_url, is_public, post
from tests.partners.domain.webhooks.webhook_cast import Receiver, receiver


@pytest.fixture
def till() -> Iterator[Receiver]:
    with receiver() as known:
        yield known


def _resolves_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Make every name resolve to these addresses; returns the names that were asked for."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def fake(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host in addresses:
            return real(host, port, *args, **kwargs)
        asked.append(host)
        return [(socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    monkeypatch.setattr(webhook_post.socket, "getaddrinfo", fake)
    return asked


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255",  # noqa: S104
        "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:93.184.216.34", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_public(ipaddress.ip_address(address))
    _resolves_to(monkeypatch, address)
    with pytest.raises(NotSent, match="private network"):
        post("https://partner.example/hook", b"{}", {}, allow_private=False)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolves_to(monkeypatch, "93.184.216.34", "10.0.0.1")
    with pytest.raises(NotSent, match="private network"):
        post("https://partner.example/hook", b"{}", {}, allow_private=False)


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f.0.0.1", "[::1]", "127.0.0.1"])
def test_other_spellings_of_loopback_are_refused(host: str, till: Receiver) -> None:
    port = till.url.rsplit(":", 1)[1].split("/")[0]
    with pytest.raises(NotSent, match="private network"):
        post(f"https://{host}:{port}/hook", b"{}", {}, allow_private=False)
    assert not till.requests


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch, till: Receiver) -> None:
    """The name is asked once: what it says a moment later doesn't matter."""
    asked = _resolves_to(monkeypatch, "127.0.0.1")
    port = till.url.rsplit(":", 1)[1].split("/")[0]
    assert post(f"http://partner.example:{port}/hook?a=1", b"{}", {}, allow_private=True) == Answer(204)
    assert asked == ["partner.example"]
    (request,) = till.requests
    assert request.headers["host"] == f"partner.example:{port}"
    assert request.path == "/hook?a=1"


@pytest.mark.parametrize(
    "url",
    [
        "http://partner.example/", "ftp://partner.example/", "https://", "partner.example", "https://user:secret@partner.example/", "https://10.0.0.1/",
        "https://[::1]/", "https://partner.example:99999/", "https://partner.example:0/", "https://partner.example/#x", "https://partner.example/\r\nX: y",
        "https://[partner/", "javascript:alert(1)", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_called_is_refused_at_once(url: str) -> None:
    with pytest.raises(DomainError) as refused:
        check_url(url, allow_private=False)
    assert refused.value.code == "bad_webhook_url"


def test_redirects_are_not_followed(till: Receiver) -> None:
    till.answers = [(302, {"Location": "/elsewhere"})]
    assert post(till.url, b"{}", {}, allow_private=True).status == 302
    assert [request.path for request in till.requests] == ["/hook"]


def test_a_receiver_that_trickles_is_cut_off(till: Receiver) -> None:
    def trickle(handler: BaseHTTPRequestHandler) -> None:
        while not till.stop.wait(0.02):
            handler.wfile.write(b"H")
            handler.wfile.flush()

    till.answers = [trickle]
    with pytest.raises(NotSent, match=r"no answer within 0\.3 s"):
        post(till.url, b"{}", {}, allow_private=True, total_seconds=0.3)


def test_an_endless_answer_is_read_only_so_far(till: Receiver) -> None:
    sent = [0]

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent[0] < 500 * LONGEST_ANSWER:
            handler.wfile.write(b"x" * LONGEST_ANSWER)
            sent[0] += LONGEST_ANSWER

    till.answers = [endless]
    assert post(till.url, b"{}", {}, allow_private=True) == Answer(200)
    assert sent[0] < 500 * LONGEST_ANSWER


def test_a_closed_port_and_an_unknown_name_are_reasons(till: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotSent, match="refused"):
        post("http://127.0.0.1:1/", b"{}", {}, allow_private=True)

    def unknown(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror

    monkeypatch.setattr(webhook_post.socket, "getaddrinfo", unknown)
    with pytest.raises(NotSent, match="resolved"):
        post("http://partner.example/", b"{}", {}, allow_private=True)


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    certificate = builder.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1)).sign(key, hashes.SHA256())
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "both.pem").write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))

    def with_tls(server: ThreadingHTTPServer) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "both.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)

    with receiver(with_tls, "https") as till:
        with pytest.raises(NotSent, match="certificate is not valid"):
            post(till.url, b"{}", {}, allow_private=True)
        assert not till.requests
