"""A platform on loopback whose refresh tokens work once: what it counted is what was asked."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def platform():
    """Yields an object with `url`, `refreshed` (how often) and `refused` (a refresh token used twice)."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.refreshed, server.refused, server.valid, server.lock = 0, 0, ("a0", "r0"), threading.Lock()
    server.url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = json.dumps(self._answer(asked)).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _answer(self, asked):
        server = self.server
        if asked["method"] == "token.refresh":
            time.sleep(0.1)  # long enough that the others ask meanwhile
            with server.lock:
                if asked["params"]["refresh"] != server.valid[1]:
                    server.refused += 1
                    return {"error": "used"}
                server.refreshed += 1
                server.valid = (f"a{server.refreshed}", f"r{server.refreshed}")
                return {"data": {"access": server.valid[0], "refresh": server.valid[1]}}
        if asked["token"] != server.valid[0]:
            return {"error": "token"}
        return {"data": {"id": asked["params"]["id"]}}

    def log_message(self, *args):
        """Quiet."""
