"""Certificates made for one run: a good one, and some that a client must not accept."""

import ssl
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

ADDRESS = "127.0.0.1"
NAMES = (ADDRESS, "localhost")


class Authority:
    """A certificate authority, and TLS contexts: a client's, an honest server's, and those of servers that fail.

    A client trusts the authority if the environment variable `SSL_CERT_FILE` names the file that `write` writes.
    """

    def __init__(self) -> None:
        self._authority = trustme.CA()
        self._good = self._authority.issue_cert(*NAMES)
        self.honest = _context(self._good)

    def write(self, folder: Path) -> Path:
        """Write the certificate of the authority to a file, and return its path."""
        file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(file)
        return file

    def trusting(self) -> ssl.SSLContext:
        """Return the context of a client that trusts this authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._authority.configure_trust(context)
        return context

    def untrusted(self) -> ssl.SSLContext:
        """Return the context of a server whose certificate is from an unknown authority."""
        return _context(trustme.CA().issue_cert(*NAMES))

    def misnamed(self) -> ssl.SSLContext:
        """Return the context of a server with another server's certificate."""
        return _context(self._authority.issue_cert("another.example"))

    def expired(self) -> ssl.SSLContext:
        """Return the context of a server whose certificate was valid until yesterday."""
        now = datetime.now(UTC)
        certificate = self._authority.issue_cert(
            *NAMES, not_before=now - timedelta(days=90), not_after=now - timedelta(days=1)
        )
        return _context(certificate)

    def old(self) -> ssl.SSLContext:
        """Return the context of a server that supports nothing newer than TLS 1.1."""
        context = _context(self._good)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        return context

    def demanding(self) -> ssl.SSLContext:
        """Return the context of a server that requires a client certificate."""
        context = _context(self._good)
        context.verify_mode = ssl.CERT_REQUIRED
        self._authority.configure_trust(context)
        return context


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    context.set_alpn_protocols(["http/1.1"])
    return context
