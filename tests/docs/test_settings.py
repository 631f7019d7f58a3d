#!/usr/bin/python3
# test_settings.py -- docs/settings.md names every setting that is declared, with its default, and no other.
import os
import re
import subprocess
import tempfile
import unittest

from pages import BUILD, text_of

ROW = re.compile(r"^\| `([A-Z_]+)` \| (\w+) \| (?:`([^`]*)`)? ?\| (.*) \|$", re.M)


def declared():
    """{name: value} as the app's command `config` prints them, with nothing set but the key."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run([os.path.abspath(os.path.join(BUILD, "starter", "flaskinni")), "config"], cwd=folder,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={"SECRET_KEY": "k" * 32})
    if run.returncode:
        raise AssertionError(run.stdout.decode())
    return dict(re.findall(r"^([A-Z_]+) +(.*)$", run.stdout.decode(), re.M))


class Settings(unittest.TestCase):
    def test_the_page_has_every_setting_and_no_other(self):
        rows = [name for name, _, _, _ in ROW.findall(text_of("docs/settings.md"))]
        self.assertEqual(sorted(rows), sorted(declared()))

    def test_the_defaults_are_those_declared(self):
        values = declared()
        for name, _, default, _ in ROW.findall(text_of("docs/settings.md")):
            if values[name] != "********":
                with self.subTest(name=name):
                    self.assertEqual(default, "" if values[name] == "(not set)" else values[name])


if __name__ == "__main__":
    unittest.main()
