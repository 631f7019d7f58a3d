#!/usr/bin/python3
# dbapp.py -- builds small apps from C text, as somebody would who works on models, and runs their commands.
"""An app is a folder with models.c and its migrations; it is compiled against the library that is built."""
import os
import re
import shlex
import subprocess
import sys
import tempfile

from harness import BUILD, ROOT

sys.path.insert(0, os.path.join(ROOT, "tools"))
import postgres  # noqa: E402

MAIN = r"""
#include "models.h"

static const cf_bundle bundle = { NULL, 0, SOURCE };

static bool create_app(cf_app *app)
{
    cf_app_bundle(app, &bundle);
    cf_app_models(app, models);
    return true;
}

int main(int argc, char **argv)
{
    return cf_main(argc, argv, create_app);
}
"""


def flags():
    """What the top meson.build links with."""
    with open(os.path.join(ROOT, "meson.build"), encoding="utf-8") as f:
        names = re.findall(r"dependency\('([^']+)'", f.read())
    names = [n for n in names if n not in ("threads", "libargon2", "libedit")] + ["libargon2"]
    out = subprocess.run(["pkg-config", "--cflags", "--libs", *names], stdout=subprocess.PIPE, check=True)
    return shlex.split(out.stdout.decode()) + ["-ledit", "-lcrypt", "-lpthread", "-lm"]


class Project:
    """An app in a folder of its own."""

    def __init__(self, url=None):
        self.folder = tempfile.mkdtemp(prefix="carafe-project-")
        self.binary = os.path.join(self.folder, "shop")
        self.url = url or "sqlite:///%s/shop.db" % self.folder
        os.mkdir(os.path.join(self.folder, "migrations"))

    def remove(self):
        subprocess.run(["rm", "-rf", "--", self.folder], check=True)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as f:
            f.write(text)

    def build(self, header=None, source=None):
        """Compiles models.h and models.c, strictly."""
        if header is not None:
            self.write("models.h", header)
            self.write("models.c", source)
        self.write("main.c", MAIN)
        command = ["cc", "-std=gnu17", "-D_GNU_SOURCE", "-O0", "-Wall", "-Wextra", "-Wconversion", "-Werror",
                   "-Wno-missing-field-initializers", '-DSOURCE="%s"' % self.folder, "-I", os.path.join(ROOT, "include"),
                   "-I", self.folder, "-o", self.binary, os.path.join(self.folder, "main.c"),
                   os.path.join(self.folder, "models.c"), os.path.join(BUILD, "libcarafe.a"), *flags()]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise AssertionError(done.stdout.decode())

    def run(self, *words, answers=None, url=None):
        """A command's exit status and all it said."""
        env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": self.folder, "TZ": "UTC",
               "CARAFE_ENV": "development", "DATABASE_URL": url or self.url}
        done = subprocess.run([self.binary, *words], cwd=self.folder, env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        return done.returncode, done.stdout.decode()

    def start(self, *words):
        env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": self.folder, "TZ": "UTC",
               "CARAFE_ENV": "development", "DATABASE_URL": self.url}
        return subprocess.Popen([self.binary, *words], cwd=self.folder, env=env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def files(self):
        return sorted(os.listdir(os.path.join(self.folder, "migrations")))

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as f:
            return f.read()


class Server:
    """A PostgreSQL server for one test class, with a database for each that asks."""

    def __init__(self):
        self.cluster = postgres.Cluster(folder=tempfile.mkdtemp(prefix="carafe-postgres-"))
        self.url = self.cluster.start()
        self.count = 0

    def sql(self, url, text):
        done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-At", url], input=text.encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise AssertionError(done.stdout.decode())
        return done.stdout.decode()

    def database(self):
        self.count += 1
        self.sql(self.url, "CREATE DATABASE trial%d;" % self.count)
        return re.sub(r"/[^/]*$", "/trial%d" % self.count, self.url)

    def drop(self):
        self.cluster.drop()
