#!/usr/bin/python3
# terminal.py -- an app's commands as a person runs them: at a pseudo-terminal, or as a script does.
"""A Home is a folder with a prepared database; a Terminal runs one command on a pseudo-terminal of
its own, sends keys and waits for what is shown."""
import codecs
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("CARAFE_BUILD", os.path.join(ROOT, "build")))
FLASKINNI = os.path.join(BUILD, "starter", "flaskinni")
DATABASE = os.environ.get("CARAFE_TEST_DATABASE")  # A PostgreSQL server's URL, or unset for SQLite.

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[=>()][0-9AB]?|\x1b\][^\x07]*\x07|[\x07\x0e\x0f]")
TAB, ENTER, UP, DOWN, LEFT, RIGHT = "\t", "\r", "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[C"
CTRL_A, CTRL_C, CTRL_D, CTRL_E, CTRL_K, CTRL_R, CTRL_U, CTRL_W = "\x01", "\x03", "\x04", "\x05", "\x0b", "\x12", "\x15", "\x17"
BACKSPACE, HOME_KEY, END_KEY, DELETE = "\x7f", "\x1b[H", "\x1b[F", "\x1b[3~"


class Home:
    """A folder of the app's with a database that is up to date and holds an administrator."""

    template = None

    def __init__(self, **settings):
        self.folder = tempfile.mkdtemp(prefix="carafe-cli-")
        self.env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": self.folder, "TZ": "UTC",
                    "CARAFE_ENV": "development", "SECRET_KEY": "only-for-tests-" + "k" * 49,
                    "STARTING_ADMINS": "admin@example.com", "STARTING_ADMIN_PASS": "correct horse battery",
                    "TERM": "xterm", "LC_ALL": "C.UTF-8", "PAGER": "cat",
                    **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}, **settings}
        if DATABASE and "DATABASE_URL" not in settings:
            self.prepare_schema()
        elif "DATABASE_URL" not in settings:
            if not Home.template:
                Home.template = tempfile.mkdtemp(prefix="carafe-cli-template-")
                self.prepare(Home.template)
            shutil.copytree(os.path.join(Home.template, "var"), os.path.join(self.folder, "var"))

    def prepare_schema(self):
        """A schema of this home's own in the server that the environment names."""
        self.schema = "cli_%d_%s" % (os.getpid(), os.path.basename(self.folder).rsplit("-", 1)[1].lower())
        self.schema = re.sub(r"\W", "_", self.schema)
        subprocess.run(["psql", "-q", "-X", DATABASE, "-c", 'CREATE SCHEMA "%s"' % self.schema], check=True)
        self.env["DATABASE_URL"] = "%s%soptions=-csearch_path%%3D%s" % (DATABASE, "&" if "?" in DATABASE else "?", self.schema)
        self.prepare(self.folder)

    def prepare(self, folder):
        for command in ("db upgrade", "setup"):
            done = subprocess.run([FLASKINNI, *command.split()], cwd=folder, env=self.env, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
            if done.returncode:
                raise AssertionError(done.stdout.decode())

    def run(self, *arguments, text="", timeout=60, **settings):
        """Runs a command with a text as standard input; (exit code, standard output, standard error)."""
        done = subprocess.run([FLASKINNI, *arguments], cwd=self.folder, env={**self.env, **settings},
                              input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        return name

    def cut(self):
        """Ends every connection of the app's to its server."""
        subprocess.run(["psql", "-q", "-X", "-o", os.devnull, DATABASE, "-c",
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
                        "backend_type = 'client backend' AND usename = current_user"], check=True)

    def end(self):
        if getattr(self, "schema", None):
            subprocess.run(["psql", "-q", "-X", DATABASE, "-c", 'SET client_min_messages=error; DROP SCHEMA "%s" CASCADE'
                            % self.schema], check=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def remove_template():
    if Home.template:
        shutil.rmtree(Home.template, ignore_errors=True)
        Home.template = None


class Terminal:
    """One command on a pseudo-terminal. Used as a context manager it is killed at the end if need be."""

    def __init__(self, home, *arguments, columns=200, lines=40, **settings):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(home.folder)
            os.execve(FLASKINNI, [FLASKINNI, *arguments], {**home.env, **settings})
        self.seen = 0  # Of the text, what was waited for already.
        self.raw, self.code = b"", None
        self.resize(columns, lines)

    def resize(self, columns, lines):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def text(self):
        """What was shown, without colours and cursor movements. Grows only at its end: what a part of a
        sequence or of a character will become is left out until it is whole."""
        whole = codecs.getincrementaldecoder("utf-8")("replace").decode(self.raw)
        whole = re.sub(r"(\x1b(\[[0-9;?]*)?|\r)\Z", "", whole)
        return re.sub(r"\r(?!\n)", "", ESCAPES.sub("", whole)).replace("\r\n", "\n")

    def send(self, keys):
        os.write(self.fd, keys.encode())

    def line(self, text):
        """Types a line and waits for the prompt that follows; what was shown between."""
        self.send(text + ENTER)
        self.expect(re.escape(text[-20:]) + r" *\n")
        return self.prompt()

    def read(self, seconds):
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return False
        try:
            piece = os.read(self.fd, 65536)
        except OSError:  # The other side is closed.
            piece = b""
        self.raw += piece
        return bool(piece)

    def expect(self, pattern, seconds=20):
        """Waits until a pattern shows after what was waited for last; the match."""
        end = time.monotonic() + seconds
        while True:
            found = re.compile(pattern).search(self.text(), self.seen)
            if found:
                self.seen = found.end()
                return found
            if time.monotonic() > end or not self.read(min(0.2, max(0.0, end - time.monotonic()))) and self.ended():
                raise AssertionError("no %r in:\n%s" % (pattern, self.text()[self.seen:]))

    def prompt(self, seconds=20):
        """Waits for the prompt; what was shown before it."""
        start = self.seen
        found = self.expect(r"(?m)^>>> ", seconds)
        return self.text()[start:found.start()]

    def ended(self):
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code is not None

    def wait(self, seconds=20):
        """Waits for the command to end; its exit code."""
        end = time.monotonic() + seconds
        while not self.ended():
            if time.monotonic() > end:
                raise AssertionError("it does not end:\n" + self.text())
            self.read(0.05)
        while self.read(0):
            pass
        return self.code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.ended():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)
