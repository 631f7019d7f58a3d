#!/usr/bin/python3
# test_first_app.py -- the app that docs/first-app.md makes is built by its own meson.build and serves.
import os
import re
import subprocess
import sys
import tempfile
import unittest

from pages import BUILD, ROOT, blocks_of, is_file, text_of

sys.path.insert(0, os.path.join(ROOT, "tests", "live"))
from harness import App  # noqa: E402

# What the top meson.build gives its folders, with the library that is built already.
TOP = """project('manual', 'c', default_options : ['c_std=gnu17', 'warning_level=2', 'werror=true'])
add_project_arguments('-D_GNU_SOURCE', '-Wno-missing-field-initializers', language : 'c')
embed = find_program('%(root)s/tools/embed.py')
cc = meson.get_compiler('c')
carafe = declare_dependency(include_directories : include_directories('include'),
  link_args : '%(build)s/libcarafe.a', dependencies : [%(deps)s
  declare_dependency(link_args : '-lcrypt'), dependency('threads'), cc.find_library('m')])
subdir('hello')
"""


def run(command, cwd):
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode()


class FirstApp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="carafe-manual-")
        cls.top = cls.folder.name
        for block in filter(is_file, blocks_of("docs/first-app.md")):
            path = os.path.join(cls.top, block.word)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as f:
                f.write(block.code)
        names = re.findall(r"dependency\('([^']+)'", text_of("meson.build"))
        deps = "".join("dependency('%s'), " % n for n in names if n != "threads")
        with open(os.path.join(cls.top, "meson.build"), "w", encoding="utf-8") as f:
            f.write(TOP % {"root": ROOT, "build": os.path.abspath(BUILD), "deps": deps})
        os.symlink(os.path.join(ROOT, "include"), os.path.join(cls.top, "include"))
        cls.binary = os.path.join(cls.top, "build", "hello", "hello")
        for command in (["meson", "setup", "build"], ["ninja", "-C", "build", "-j1"]):
            code, out = run(command, cls.top)
            if code:
                raise AssertionError(out)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_it_says_its_settings_and_routes(self):
        hello = os.path.join(self.top, "hello")
        code, out = run([self.binary, "config"], hello)
        self.assertEqual(code, 0, out)
        self.assertRegex(out, r"GREETING +Welcome")
        code, out = run([self.binary, "routes"], hello)
        self.assertRegex(out, r"/status +.*only_from_here")

    def test_it_greets_by_name_and_serves_its_style(self):
        with App(self.binary, settings={"CARAFE_ENV": "development", "GREETING": "Welcome"}) as app:
            client = app.client()
            status, _, page = client.get("/")
            self.assertEqual(status, 200, page)
            self.assertIn("Welcome!", page)
            style = re.search(r'href="(/static/[^"]+)"', page).group(1)
            self.assertIn("color: green", client.get(style)[2])
            self.assertEqual(client.post("/greet", {"name": "<Ada>"}, token_from="/")[0], 302)
            page = client.get("/")[2]
            self.assertIn("Welcome, &lt;Ada&gt;!", page)
            self.assertIn("Good to see you", page)
            self.assertEqual(client.post("/greet", {"name": ""}, token_from="/")[0], 400)
            self.assertEqual(client.post("/greet", {"name": "Ada"}, csrf=False)[0], 400)
            self.assertEqual(client.get("/status")[0], 200)


if __name__ == "__main__":
    unittest.main()
