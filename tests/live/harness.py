#!/usr/bin/python3
# harness.py -- starts an app binary on a free loopback port and talks to it as browsers and attackers do.
"""Every App lives in a folder of its own with its own database, and is stopped by its process id."""
import http.client
import html
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse
import uuid

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("CARAFE_BUILD", os.path.join(ROOT, "build")))
FLASKINNI = os.path.join(BUILD, "starter", "flaskinni")
ADMIN, ADMIN_PASSWORD = "admin@example.com", "correct horse battery"


def leave(told, _):
    """What tells a test program to end lets it stop its servers on the way out."""
    signal.signal(told, signal.SIG_IGN)
    raise KeyboardInterrupt


for number in (signal.SIGTERM, signal.SIGHUP):
    if signal.getsignal(number) == signal.SIG_DFL:
        signal.signal(number, leave)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(condition, seconds=10, what="the condition"):
    """The condition's first true answer; AssertionError when it stays false."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError("waited %g s for %s" % (seconds, what))
        time.sleep(0.02)


def children(pid):
    """The living children of a process."""
    pids = []
    try:
        for task in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/children" % (pid, task)) as f:
                pids += [int(p) for p in f.read().split()]
    except FileNotFoundError:
        pass
    return pids


def alive(pid):
    """Whether the process runs; one that waits to be reaped does not."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def new_database():
    """DATABASE_URL of an empty database on the server that CARAFE_TEST_DATABASE names, if it names one."""
    server = os.environ.get("CARAFE_TEST_DATABASE")
    if not server:
        return {}
    name = "live_" + uuid.uuid4().hex[:12]
    subprocess.run(["psql", "-XAtqc", "CREATE DATABASE " + name, server], check=True, stdin=subprocess.DEVNULL)
    return {"DATABASE_URL": server.rsplit("/", 1)[0] + "/" + name}


class App:
    """A running app. Use as a context manager; on exit it is told to drain, and must end with 0."""

    def __init__(self, binary=FLASKINNI, folder=None, settings=None, arguments=("run",), prefix=()):
        self.own_folder = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="carafe-live-")
        self.command = [*prefix, binary, *arguments]
        self.port = free_port()
        self.settings = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": self.folder, "TZ": "UTC",
            "HOST": "127.0.0.1", "PORT": str(self.port), "CARAFE_ENV": "development", "WORKERS": "2",
            "SECRET_KEY": "only-for-tests-" + "k" * 49, "STARTING_ADMINS": ADMIN,
            "STARTING_ADMIN_PASS": ADMIN_PASSWORD, "ADMIN_EMAIL": ADMIN,
            **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")},
            **({} if folder else new_database()), **(settings or {})}
        self.process, self.may_crash = None, False
        self.start()

    def start(self):
        self.log_path = os.path.join(self.folder, "server.log")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command, cwd=self.folder, env=self.settings, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        try:
            wait_for(self.answers, 30, "the app to listen")
        except AssertionError:
            self.kill()
            raise AssertionError("the app did not start:\n" + self.log())

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError("the app ended with %d:\n%s" % (self.process.returncode, self.log()))
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def workers(self):
        return children(self.process.pid)

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, seconds=20):
        """Drains and ends; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError("SIGTERM did not end the app in %d s:\n%s" % (seconds, self.log()))
        return self.process.returncode

    def kill(self):
        """As a power cut: the supervisor first, lest it replaces the workers."""
        self.process.send_signal(signal.SIGSTOP)
        workers = self.workers()
        for pid in [self.process.pid] + workers:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        wait_for(lambda: not any(alive(pid) for pid in workers) and not self.is_open(), 10, "the workers to end")

    def is_open(self):
        """Whether anything listens at the port; the last thread of a killed worker may for a moment."""
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        code = self.stop()
        if kind is None and code != 0:
            raise AssertionError("the app ended with %d:\n%s" % (code, self.log()))
        if kind is None and not self.may_crash and "crashed" in self.log():
            raise AssertionError("a worker crashed unasked:\n" + self.log())
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def client(self):
        return Client(self.port)

    def connect(self, timeout=10):
        s = socket.create_connection(("127.0.0.1", self.port), timeout)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s

    def exchange(self, data, timeout=10):
        """Sends bytes as they are and reads until the server closes or falls silent for the time."""
        with self.connect(timeout) as s:
            s.sendall(data)
            return read_all(s)

    def inbox(self, client=None):
        """The development inbox: a list of mails."""
        return json.loads((client or self.client()).get("/_dev/inbox.json")[2])


def read_all(s):
    out = b""
    while True:
        try:
            piece = s.recv(65536)
        except (socket.timeout, ConnectionResetError):
            return out
        if not piece:
            return out
        out += piece


def read_answer(s, buffered=b"", head=False):
    """One answer by its framing: (status, headers, body, what came after it)."""
    while b"\r\n\r\n" not in buffered:
        piece = s.recv(65536)
        if not piece:
            raise AssertionError("closed within the headers: %r" % buffered[:200])
        buffered += piece
    top, _, rest = buffered.partition(b"\r\n\r\n")
    lines = top.decode("latin-1").split("\r\n")
    status = int(lines[0].split(" ")[1])
    headers = {k.strip().lower(): v.strip() for k, v in (line.split(":", 1) for line in lines[1:])}
    if status < 200:
        return read_answer(s, rest, head)
    if head or status in (204, 304):
        return status, headers, b"", rest
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return read_chunked(s, rest, status, headers)
    size = int(headers["content-length"])
    while len(rest) < size:
        piece = s.recv(65536)
        if not piece:
            raise AssertionError("closed within the body")
        rest += piece
    return status, headers, rest[:size], rest[size:]


def read_chunked(s, rest, status, headers):
    body = b""
    while True:
        while b"\r\n" not in rest:
            rest += s.recv(65536)
        line, _, rest = rest.partition(b"\r\n")
        size = int(line.split(b";")[0], 16)
        while len(rest) < size + 2:
            piece = s.recv(65536)
            if not piece:
                raise AssertionError("closed within a chunk")
            rest += piece
        body, rest = body + rest[:size], rest[size + 2:]
        if size == 0:
            return status, headers, body, rest


class Client:
    """A browser without JavaScript: cookies, forms with their CSRF token, redirects when asked."""

    def __init__(self, port):
        self.port, self.cookies = port, {}

    def request(self, method, path, body=None, headers=None):
        headers = dict(headers or {})
        if self.cookies:
            headers.setdefault("Cookie", "; ".join("%s=%s" % c for c in self.cookies.items()))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self.keep_cookie(value)
        found = {}
        for name, value in answer.getheaders():
            found.setdefault(name.lower(), value)
        return answer.status, found, data.decode("utf-8", "replace")

    def keep_cookie(self, line):
        first, *attributes = line.split(";")
        name, _, value = first.partition("=")
        gone = any(re.fullmatch(r"\s*max-age=(0|-\d+)\s*", a, re.I) for a in attributes)
        if gone or value.strip() == "":
            self.cookies.pop(name.strip(), None)
        else:
            self.cookies[name.strip()] = value.strip()

    def get(self, path, headers=None):
        return self.request("GET", path, None, headers)

    def follow(self, answer, limit=5):
        """Goes where redirects lead, as GET."""
        while answer[0] in (301, 302, 303, 307, 308):
            limit -= 1
            assert limit, "redirects without end"
            where = urllib.parse.urlsplit(answer[1]["location"])
            answer = self.get(where.path + ("?" + where.query if where.query else ""))
        return answer

    def csrf(self, path):
        """The token of the page's form."""
        status, _, body = self.get(path)
        assert status == 200, "%s answers %d" % (path, status)
        return csrf_token(body)

    def post(self, path, fields, files=None, headers=None, token_from=None, csrf=True):
        """Posts a form as a browser does: first the page is read for its token."""
        fields = dict(fields)
        if csrf and "csrf_token" not in fields:
            fields["csrf_token"] = self.csrf(token_from or path)
        if files is None:
            body, kind = urllib.parse.urlencode(fields, doseq=True).encode(), "application/x-www-form-urlencoded"
        else:
            body, kind = multipart(fields, files)
        return self.request("POST", path, body, {"Content-Type": kind, **(headers or {})})

    def sign_in(self, email=ADMIN, password=ADMIN_PASSWORD, **more):
        answer = self.post("/login", {"email": email, "password": password, **more})
        assert answer[0] in (302, 303), "signing in answers %d:\n%s" % (answer[0], answer[2][:3000])
        return answer


def csrf_token(body):
    tag = re.search(r'<input[^>]*name="csrf_token"[^>]*>', body)
    assert tag, "the page has no csrf_token field:\n" + body[:2000]
    return html.unescape(re.search(r'value="([^"]*)"', tag.group()).group(1))


def multipart(fields, files):
    """files: name → (file name, content type, bytes)."""
    boundary = "carafe" + uuid.uuid4().hex
    parts = []
    for name, value in fields.items():
        for one in value if isinstance(value, (list, tuple)) else [value]:
            parts.append(b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (
                boundary.encode(), name.encode(), str(one).encode()))
    for name, (filename, kind, data) in files.items():
        parts.append(b'--%s\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\nContent-Type: %s\r\n\r\n%s\r\n' % (
            boundary.encode(), name.encode(), filename.encode(), kind.encode(), data))
    parts.append(b"--%s--\r\n" % boundary.encode())
    return b"".join(parts), "multipart/form-data; boundary=" + boundary
