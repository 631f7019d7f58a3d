#!/usr/bin/python3
# check.py -- the release binary is hardened, needs only the packages we name, and runs alone.
"""check.py BINARY [unittest options]"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "live"))
from harness import App  # noqa: E402

BINARY = None


def readelf(*options):
    return subprocess.run(["readelf", "-W", *options, BINARY], stdout=subprocess.PIPE, check=True).stdout.decode()


class Hardening(unittest.TestCase):
    def test_it_is_a_position_independent_executable(self):
        self.assertRegex(readelf("-h"), r"Type:\s+DYN")
        self.assertRegex(readelf("-d"), r"FLAGS_1.*\bPIE\b")

    def test_its_tables_are_read_only_after_start(self):
        self.assertIn("GNU_RELRO", readelf("-l"))
        self.assertRegex(readelf("-d"), r"\bBIND_NOW\b")

    def test_no_memory_is_both_written_and_run(self):
        for line in readelf("-l").split("\n"):
            if re.match(r"\s+(LOAD|GNU_STACK)\b", line):
                self.assertNotRegex(line, r"\bRWE\b", line)
        self.assertRegex(readelf("-l"), r"GNU_STACK.*\bRW\b")

    def test_no_library_folder_is_built_in(self):
        self.assertNotRegex(readelf("-d"), r"RPATH|RUNPATH|TEXTREL")

    def test_stacks_are_guarded_and_calls_are_checked(self):
        symbols = readelf("--dyn-syms")
        self.assertIn("__stack_chk_fail", symbols)
        self.assertRegex(symbols, r"__\w+_chk\b(?<!__stack_chk)")
        self.assertRegex(symbols, r"__(memcpy|memmove|memset|snprintf|vsnprintf|read|strcpy)_chk")

    def test_no_sanitizer_or_test_library_is_linked(self):
        self.assertNotRegex(readelf("-d"), r"libasan|libubsan|criterion")


class Deployment(unittest.TestCase):
    def test_the_run_packages_hold_every_library_it_needs(self):
        """Those of the C library apart, which every Debian has."""
        named = subprocess.run([os.path.join(ROOT, "script/setup"), "--list", "run"], stdout=subprocess.PIPE,
                               check=True).stdout.decode().split()
        for library in re.findall(r"NEEDED.*\[(.*?)\]", readelf("-d")):
            found = subprocess.run(["dpkg", "-S", "*/" + library], stdout=subprocess.PIPE).stdout.decode()
            owners = {line.split(":")[0] for line in found.split("\n") if line}
            self.assertTrue(owners & set(named + ["libc6", "libgcc-s1"]), "%s is in %s" % (library, owners or "no package"))

    def test_copied_alone_to_an_empty_folder_it_runs(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = shutil.copy(BINARY, folder)
            with App(copy, folder=folder) as app:
                status, _, body = app.client().get("/")
                self.assertEqual(status, 200)
                self.assertIn("<html", body)
                self.assertEqual(app.client().get("/static/css/theme.css")[0], 200)


if __name__ == "__main__":
    BINARY = sys.argv.pop(1)
    unittest.main()
