#!/usr/bin/python3
"""What a jupyter instance answers on its notebook's port: the ways of a Jupyter server to let in whoever has the token, its list of files and their contents.

It runs no kernels. Over stdin, each ended by NUL: port, first page (tree or lab), folder, token. Returns when it listens and goes on in the background.
A connection that begins with a TLS greeting is answered in TLS, with a certificate that nobody has signed.
"""
import functools
import hmac
import html
import http.cookies
import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import urllib.parse

PATIENCE_SECONDS = 30
ENTRIES_MAX = 1000
TLS_HANDSHAKE = b"\x16"

port, page, folder, token = sys.stdin.buffer.read().decode().split("\0")[:4]


class Notebook(http.server.BaseHTTPRequestHandler):
    server_version, sys_version = "TornadoServer/6", ""
    timeout = PATIENCE_SECONDS

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        path = urllib.parse.unquote(url.path)
        query = urllib.parse.parse_qs(url.query)
        if path == "/api":
            return self.say_json(200, {"version": "2.14.0"})
        if path == "/login":
            return self.say_page(200, "<form action='/'>Token: <input name='token'></form>")
        if not self.is_let_in(query):
            if path.startswith(("/api/", "/files/")):
                return self.say_json(403, {"message": "Forbidden", "reason": None})
            return self.say(302, "text/html", b"", {"Location": "/login?next=" + urllib.parse.quote(path, safe="")})
        if path == "/":
            return self.say(302, "text/html", b"", {"Location": "/" + page})
        if path == "/api/status":
            return self.say_json(200, {"connections": 0, "kernels": 0})
        for place, answer in (("/api/contents", self.say_contents), ("/files", self.say_file), ("/tree", self.say_list), ("/lab", self.say_list)):
            if path == place or path.startswith(place + "/"):
                return answer(path[len(place):])
        return self.say_json(404, {"message": "Not Found", "reason": None})

    do_HEAD = do_GET

    def is_let_in(self, query):
        kind, _, words = self.headers.get("Authorization", "").partition(" ")
        cookie = http.cookies.SimpleCookie(self.headers.get("Cookie", "")).get("token")
        offered = [*query.get("token", []), words if kind.lower() in ("token", "bearer") else "", cookie.value if cookie else ""]
        return any(hmac.compare_digest(one.encode(), token.encode()) for one in offered)

    def find(self, path):
        """The file in our folder, or None: whatever leads out of it is not there."""
        root = os.path.realpath(folder)
        found = os.path.realpath(os.path.join(root, path.lstrip("/")))
        return found if os.path.exists(found) and os.path.commonpath([root, found]) == root else None

    def say_contents(self, path):
        found = self.find(path)
        if found is None:
            return self.say_json(404, {"message": "No such file or directory: " + path, "reason": None})
        facts = describe(found, path.strip("/"))
        if os.path.isdir(found):
            names = sorted(os.listdir(found))[:ENTRIES_MAX]
            facts["content"] = [describe(os.path.join(found, name), (path.strip("/") + "/" + name).lstrip("/")) for name in names]
        return self.say_json(200, facts)

    def say_list(self, path):
        found = self.find(path)
        if found is None or not os.path.isdir(found):
            return self.say_json(404, {"message": "Not Found", "reason": None})
        names = [html.escape(name) for name in sorted(os.listdir(found))[:ENTRIES_MAX]]
        return self.say_page(200, "<h1>Files</h1><ul>" + "".join("<li>" + name for name in names) + "</ul>")

    def say_file(self, path):
        found = self.find(path)
        if found is None or not os.path.isfile(found):
            return self.say_json(404, {"message": "Not Found", "reason": None})
        with open(found, "rb") as file:
            self.begin(200, "application/octet-stream", os.fstat(file.fileno()).st_size)
            if self.command != "HEAD":
                shutil.copyfileobj(file, self.wfile)

    def say_json(self, status, facts):
        self.say(status, "application/json", json.dumps(facts).encode())

    def say_page(self, status, body):
        self.say(status, "text/html", ("<!DOCTYPE html><title>Jupyter</title>" + body).encode())

    def say(self, status, kind, body, headers=None):
        self.begin(status, kind, len(body), headers)
        if self.command != "HEAD":
            self.wfile.write(body)

    def begin(self, status, kind, length, headers=None):
        self.send_response(status)
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        if hmac.compare_digest(query.get("token", [""])[0].encode(), token.encode()):
            self.send_header("Set-Cookie", "token=" + token + "; HttpOnly; Path=/")
        for name, value in {"Content-Type": kind, "Content-Length": str(length), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_request(self, code="-", size="-"):
        pass  # The path may hold the token.


def describe(file, path):
    kind = "directory" if os.path.isdir(file) else "file"
    return {"name": os.path.basename(path), "path": path, "type": kind, "size": None if kind == "directory" else os.lstat(file).st_size, "content": None}


class Server(http.server.ThreadingHTTPServer):
    def finish_request(self, request, client_address):
        request.settimeout(PATIENCE_SECONDS)
        if request.recv(1, socket.MSG_PEEK) != TLS_HANDSHAKE:
            return super().finish_request(request, client_address)
        with certificate().wrap_socket(request, server_side=True) as secret:
            return super().finish_request(secret, client_address)

    def handle_error(self, request, client_address):
        pass  # Somebody hung up, or does not trust the certificate.


@functools.lru_cache(maxsize=1)
def certificate():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as place:
        file = os.path.join(place, "pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650",
             "-subj", "/CN=" + socket.gethostname(), "-keyout", file, "-out", file + ".crt"],
            check=True, timeout=PATIENCE_SECONDS, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        context.load_cert_chain(file + ".crt", file)
    return context


try:
    os.makedirs(folder, exist_ok=True)
    # A port that somebody listens on is refused, a port that somebody has just left is not.
    server = Server(("127.0.0.1", int(port)), Notebook)
except OSError as problem:
    sys.exit(f"notebook: {problem.strerror}")
if os.fork() == 0:
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    server.serve_forever()
