"""An object store with the interface of Amazon S3 behind a socket: moto, which checks signatures and what a key may do.

It prints its port and serves until it is ended. Requests that nobody signed moto can't answer for a whole bucket; those are answered here:
refused, save for buckets whose name begins with `public`.
"""

from __future__ import annotations

import sys

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

_REFUSAL = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
_LIST = b"<?xml version='1.0'?><ListBucketResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'></ListBucketResult>"


def without_signature(app):
    def answer(environ, start_response):
        path = environ["PATH_INFO"]
        if "HTTP_AUTHORIZATION" in environ or path.startswith("/moto-api/"):
            return app(environ, start_response)
        is_public = path.startswith("/public")
        start_response("200 OK" if is_public else "403 Forbidden", [("Content-Type", "application/xml")])
        return [_LIST if is_public else _REFUSAL]

    return answer


if __name__ == "__main__":
    server = make_server(
        "127.0.0.1", 0, without_signature(DomainDispatcherApplication(create_backend_app)), threaded=True
    )
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    server.serve_forever()
