"""nginx and Caddy in front of a server, with the configuration files of docs/operating.md.

Only ports, certificates and directories are replaced in them.
"""

import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.log_secrecy import secrets_in
from tests.support.server_process import ROOT

PAGE = ROOT / "docs" / "operating.md"
HOST = "localhost"
PREFIX = "/ai"
SYSTEM_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin"])
NGINX = shutil.which("nginx", path=SYSTEM_PATH)
CADDY = shutil.which("caddy", path=SYSTEM_PATH)
PASSES_PREFIX, REMOVES_PREFIX = "proxy_pass http://doitong;", "proxy_pass http://doitong/;"
NGINX_MAIN = """
daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    include {directory}/doitong.conf;
}}
"""
CADDY_OPTIONS = "{\n\tadmin off\n\tauto_https off\n"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A self-signed certificate of `HOST`, as files."""

    chain: Path
    key: Path

    def trusting_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.chain))


@dataclass(frozen=True, slots=True)
class ProxyAddresses:
    """Where a proxy listens, and the port of the server behind it."""

    https: int
    http: int
    server: int


ProxyCommand = Callable[[Path, ProxyAddresses, Certificate], list[str]]
"""Writes the configuration of a proxy into a directory and returns the command that runs it."""


def config_file(path: str) -> str:
    """Return the file of docs/operating.md whose first comment names this path."""
    [text] = re.findall(rf"^```\w+\n((?:#![^\n]*\n)?# {re.escape(path)}\n.*?)^```$", PAGE.read_text(), re.M | re.S)
    return str(text)


def make_certificate(directory: Path) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)]), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(directory / "fullchain.pem", directory / "privkey.pem")
    made.chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form, encryption = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    made.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, encryption))
    return made


def nginx(*, removes_prefix: bool) -> ProxyCommand:
    def prepare(directory: Path, addresses: ProxyAddresses, certificate: Certificate) -> list[str]:
        live = "/etc/letsencrypt/live/ai.example.com"
        config = _replaced(
            config_file("/etc/nginx/conf.d/doitong.conf"),
            {
                "server 127.0.0.1:8000;": f"server 127.0.0.1:{addresses.server};",
                "listen 80;": f"listen {addresses.http};",
                "listen [::]:80;": f"listen [::]:{addresses.http};" if _has_ipv6() else "",
                "listen 443 ssl": f"listen {addresses.https} ssl",
                "listen [::]:443 ssl http2;": f"listen [::]:{addresses.https} ssl http2;" if _has_ipv6() else "",
                f"{live}/fullchain.pem": str(certificate.chain),
                f"{live}/privkey.pem": str(certificate.key),
                PASSES_PREFIX: REMOVES_PREFIX if removes_prefix else PASSES_PREFIX,
            },
        )
        return _nginx_command(directory, config)

    return prepare


def _nginx_command(directory: Path, config: str) -> list[str]:
    (directory / "doitong.conf").write_text(config)
    (directory / "nginx.conf").write_text(NGINX_MAIN.format(directory=directory))
    files = ["-c", str(directory / "nginx.conf"), "-e", str(directory / "error.log")]
    return [str(NGINX), "-p", str(directory), *files]


def nginx_with_defaults(*, read_timeout: int) -> ProxyCommand:
    """Return nginx without TLS and with its defaults, but another `proxy_read_timeout` in seconds than 60."""

    def prepare(directory: Path, addresses: ProxyAddresses, _: Certificate) -> list[str]:
        location = f"proxy_pass http://127.0.0.1:{addresses.server}; proxy_read_timeout {read_timeout}s;"
        config = f"server {{ listen {addresses.https}; location / {{ {location} }} }}"
        return _nginx_command(directory, config)

    return prepare


def caddy(directory: Path, addresses: ProxyAddresses, certificate: Certificate) -> list[str]:
    config = _replaced(
        config_file("/etc/caddy/Caddyfile"),
        {
            "ai.example.com {": f"https://{HOST}:{addresses.https} {{\n\ttls {certificate.chain} {certificate.key}",
            "127.0.0.1:8000": f"127.0.0.1:{addresses.server}",
            "\n{\n": f"\n{CADDY_OPTIONS}",
        },
    )
    (directory / "Caddyfile").write_text(config)
    return [str(CADDY), "run", "--config", str(directory / "Caddyfile"), "--adapter", "caddyfile"]


@contextmanager
def running_proxy(
    command: ProxyCommand, directory: Path, *, server_url: str, https: int, http: int, certificate: Certificate
) -> Iterator[None]:
    """Run a proxy in front of the server until the end of the block."""
    addresses = ProxyAddresses(https=https, http=http, server=urlsplit(server_url).port or 0)
    arguments = command(directory, addresses, certificate)
    output = directory / "output.log"
    with output.open("wb") as log:
        environment = {**os.environ, "HOME": str(directory), "XDG_DATA_HOME": str(directory)}
        process = subprocess.Popen(arguments, cwd=directory, env=environment, stdout=log, stderr=log)
    try:
        _wait_until_listening(process, https, output)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)
    assert not secrets_in(output.read_text())


def _replaced(text: str, replacements: Mapping[str, str]) -> str:
    for found, replacement in replacements.items():
        assert text.count(found) == 1, found
        text = text.replace(found, replacement)
    return text


def _has_ipv6() -> bool:
    with suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


def _wait_until_listening(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    while process.poll() is None:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
    raise AssertionError(f"the proxy exited: {output.read_text()}")
