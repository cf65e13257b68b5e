"""Which certificates are believed: of targets, and the listener's own. This module must not know HTTP."""

import os
import ssl
from contextlib import suppress
from functools import lru_cache

import truststore

from devproxy.errors import StartError, TargetError
from devproxy.target import Target

_PROTOCOLS = ["http/1.1"]
_Stamp = tuple[tuple[int, int, int], ...]

# X509_V_ERR_* in OpenSSL's x509_vfy.h; the other codes all mean that the chain does not lead to a trusted root.
_VERIFY_CODES = {
    9: ("tls_expired", "is not valid yet"),
    10: ("tls_expired", "has expired"),
    62: ("tls_wrong_host", "was made for another host"),
    64: ("tls_wrong_host", "was made for another IP address"),
    18: ("tls_untrusted", "is self-signed"),
}


def target_context(target: Target) -> ssl.SSLContext:
    """The context for a TLS connection to a target, by its ca_file as it is now. Raises TargetError where that is of no use."""
    try:
        stamp = _stamp(target.ca_file) if target.ca_file else ()
        return _context(target.verify_tls, target.ca_file, stamp)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise TargetError("tls", f"ca_file {target.ca_file} cannot be used ({_reason(error)})") from error


@lru_cache(maxsize=64)
def _context(verify: bool, ca_file: str, _read_at: _Stamp) -> ssl.SSLContext:
    if not verify:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca_file:
        context = ssl.create_default_context(cafile=ca_file)
    else:
        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(_PROTOCOLS)
    return context


class Certificate:
    """The listener's own certificate and key, read again when their files have changed. Raises StartError."""

    def __init__(self, cert_file: str, key_file: str) -> None:
        self._files = cert_file, key_file
        self._taken = _stamp(*self._files)
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.set_alpn_protocols(_PROTOCOLS)
        try:
            self._read()
        except (OSError, ValueError) as error:
            hint = "make both again, as with: mkcert localhost 127.0.0.1 ::1"
            raise StartError(f"{cert_file} and {key_file} cannot be used ({_reason(error)})", hint) from error

    def refresh(self) -> None:
        """Take what the files hold now, if that is of use; connections that are open keep what they have."""
        stamp = _stamp(*self._files)
        if stamp != self._taken:
            self._taken = stamp
            with suppress(OSError, ValueError):  # half a pair: the other file comes next
                self._read()

    def _read(self) -> None:
        # What fails leaves a context with half of the pair, so another one tries first. A key with a password would be
        # asked for on the terminal, and stop everything.
        for context in (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self.context):
            context.load_cert_chain(*self._files, password="")


def _stamp(*files: str) -> _Stamp:
    """What tells files that have been written again from what they were; nothing where one is missing."""
    with suppress(OSError):
        stats = [os.stat(file) for file in files]  # noqa: PTH116  # names, as the user gave them
        return tuple((status.st_mtime_ns, status.st_size, status.st_ino) for status in stats)
    return ()


def handshake_failed(target: Target, error: ssl.SSLError) -> TargetError:
    """What went wrong between a target and us, in plain words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        code, what = _VERIFY_CODES.get(
            error.verify_code, ("tls_untrusted", f"is not trusted: {error.verify_message}")
        )
        return TargetError(code, f"the certificate of {target.name} {what}")
    hint = (
        "; is it http?"
        if getattr(error, "reason", "") in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}
        else ""
    )
    return TargetError("tls", f"the TLS handshake with {target.name} failed ({_reason(error)}){hint}")


def _reason(error: Exception) -> str:
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error) or "closed"
