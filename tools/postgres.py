#!/usr/bin/python3
# postgres.py -- a throw-away PostgreSQL server for tests and trials; script/postgres starts it.
"""The server lives in a folder of its own (build/postgres), listens on the loopback only, on a port that was
free, and as the user postgres when root starts it, since PostgreSQL refuses root. Where that user may not go (a
checkout in /root), the folder is one below /var/tmp instead.

  start   makes it when need be, starts it and prints its URL
  stop    stops it; the data stays
  url     prints the URL of the running server, or fails
  drop    stops it and removes the folder"""
import argparse
import atexit
import hashlib
import os
import pwd
import secrets
import shutil
import socket
import stat
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = ("/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/17/bin")
# A test server may lose everything when the machine stops, never when the server does.
SETTINGS = ("fsync=off", "full_page_writes=off", "max_connections=300", "shared_buffers=64MB",
            "listen_addresses=127.0.0.1", "log_min_messages=warning", "lc_messages=C", "max_wal_size=256MB")
# What says that a folder is ours to remove; and what else may be in one.
MARKER = "made-by-carafe"
CONTENTS = {MARKER, "data", "log", "password", "port"}


class Failure(Exception):
    """What went wrong, for people."""


def program(name):
    for folder in BIN:
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK):
            return path
    found = shutil.which(name)
    if not found:
        raise Failure("%s is missing; script/setup test installs postgresql" % name)
    return found


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def become_postgres():
    """In a child: PostgreSQL refuses root."""
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)


def can_reach(folder):
    """Whether the server's user may go where the folder is or will be."""
    above = os.path.dirname(folder)
    while not os.path.isdir(above):
        above = os.path.dirname(above)
    return subprocess.run(["test", "-x", above], cwd="/", preexec_fn=become_postgres, check=False).returncode == 0


def place_of(folder):
    """The folder itself, or one in its stead that the server's user can reach. Others may write to /var/tmp: what
    is there must be that user's own."""
    if os.geteuid() != 0:
        return folder
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        raise Failure("there is no user postgres; script/setup test installs postgresql") from None
    if can_reach(folder):
        return folder
    other = "/var/tmp/carafe-postgres-" + hashlib.sha256(os.path.realpath(folder).encode()).hexdigest()[:16]
    if os.path.lexists(other):
        found = os.lstat(other)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != user.pw_uid or found.st_mode & 0o077:
            raise Failure("%s is not a folder of the user postgres alone; remove it" % other)
    return other


class Cluster:
    """One server in one folder. It ends with this process, unless it is to last."""

    def __init__(self, folder=None, build=None, lasting=False):
        self.lasting = lasting
        self.folder = place_of(os.path.abspath(folder or os.path.join(build or os.path.join(ROOT, "build"), "postgres")))
        self.data = os.path.join(self.folder, "data")

    def _read(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as f:
            return f.read().strip()

    def _write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as f:
            f.write(text)
        if os.geteuid() == 0:
            shutil.chown(path, "postgres", "postgres")

    def run(self, *command, timeout=60):
        """Runs a program of the server's as the user it belongs to."""
        done = subprocess.run(command, cwd=self.folder, preexec_fn=become_postgres, stdin=subprocess.DEVNULL, timeout=timeout,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "LC_ALL": "C.UTF-8"})
        return done.returncode, done.stdout.decode("utf-8", "replace")

    def _remove(self):
        """Removes the folder when it is empty or was made here, and never another's."""
        if not os.path.lexists(self.folder):
            return
        try:
            found = set(os.listdir(self.folder))
        except NotADirectoryError:
            raise Failure("%s is not a folder" % self.folder) from None
        ours = MARKER in found or {"data", "password"} <= found <= CONTENTS
        if os.path.islink(self.folder) or (found and not ours):
            raise Failure("%s is not empty and was not made by script/postgres; it stays as it is" % self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    def create(self):
        if os.path.exists(os.path.join(self.data, "PG_VERSION")):
            return
        self._remove()
        mask = os.umask(0o022)  # The server's user must come through.
        try:
            os.makedirs(os.path.dirname(self.folder), exist_ok=True)
            os.mkdir(self.folder, 0o700)
        finally:
            os.umask(mask)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self._write(MARKER, "script/postgres made this folder, and removes it whole.\n")
        self._write("password", secrets.token_urlsafe(12))
        code, out = self.run(program("initdb"), "-D", self.data, "-U", "carafe", "--pwfile=password", "-E", "UTF8",
                             "--auth=scram-sha-256", "--locale=C.UTF-8", "--no-sync")
        if code:
            raise Failure("initdb failed:\n" + out)

    def is_running(self):
        return os.path.exists(self.data) and self.run(program("pg_ctl"), "-D", self.data, "status")[0] == 0

    def start(self):
        """Starts it, on the port it had if that is free; returns its URL."""
        self.create()
        if self.is_running():
            return self.url()
        for attempt in range(5):
            port = self._read("port") if attempt == 0 and os.path.exists(os.path.join(self.folder, "port")) else str(free_port())
            self._write("port", port)
            options = " ".join("-c %s" % s for s in SETTINGS) + " -p %s -k ''" % port
            code, out = self.run(program("pg_ctl"), "-D", self.data, "-w", "-t", "50", "-l", os.path.join(self.folder, "log"),
                                 "-o", options, "start")
            if code == 0:
                if not self.lasting:
                    atexit.register(self.stop, "immediate")
                return self.url()
            time.sleep(0.2)
        raise Failure("the server does not start:\n%s\n%s" % (out, self._read("log")[-2000:]))

    def stop(self, mode="fast"):
        if self.is_running():
            code, out = self.run(program("pg_ctl"), "-D", self.data, "-w", "-m", mode, "stop")
            if code and self.is_running():
                raise Failure("the server does not stop:\n" + out)

    def drop(self):
        try:
            self.stop("immediate")
        except Failure:
            pass  # One that is being made; it has nothing to lose.
        self._remove()

    def url(self, database="postgres"):
        return "postgresql://carafe:%s@127.0.0.1:%s/%s" % (self._read("password"), self._read("port"), database)

    def psql(self, sql, database="postgres"):
        """Runs SQL as the guide's reader does; returns what psql prints, unaligned."""
        done = subprocess.run([program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.url(database)], input=sql.encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        out = done.stdout.decode("utf-8", "replace").strip()
        if done.returncode:
            raise Failure("psql: " + out)
        return out

    def new_database(self, name=None):
        """Makes an empty database; returns its URL."""
        name = name or "t_" + secrets.token_hex(6)
        self.psql('DROP DATABASE IF EXISTS "%s" WITH (FORCE)' % name)
        self.psql('CREATE DATABASE "%s"' % name)
        return self.url(name)


def main():
    parser = argparse.ArgumentParser(prog="script/postgres", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("start", "stop", "url", "drop"))
    parser.add_argument("--folder", help="where it lives (build/postgres)")
    args = parser.parse_args()
    try:
        cluster = Cluster(args.folder, lasting=True)
        if args.command == "start":
            print(cluster.start())
        elif args.command == "url":
            if not cluster.is_running():
                raise Failure("the server is not running: script/postgres start")
            print(cluster.url())
        elif args.command == "stop":
            cluster.stop()
        else:
            cluster.drop()
    except Failure as failure:
        print("postgres: %s" % failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
