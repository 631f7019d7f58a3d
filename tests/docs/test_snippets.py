#!/usr/bin/python3
# test_snippets.py -- the C code that README, ARCHITECTURE and docs/ show compiles, and whole programs run.
import glob
import os
import re
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("CARAFE_BUILD", os.path.join(ROOT, "build"))
FENCE = re.compile(r"^```c\n(.*?)^```$", re.S | re.M)
WARNINGS = ["-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function",
            "-Wno-unused-variable", "-Wno-missing-field-initializers"]


def libraries():
    """What the build links the library with."""
    with open(os.path.join(ROOT, "meson.build"), encoding="utf-8") as f:
        names = [n for n in re.findall(r"dependency\('([^']+)'", f.read()) if n != "threads"]
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", *names], stdout=subprocess.PIPE, check=True)
    return [os.path.join(BUILD, "libcarafe.a"), *flags.stdout.decode().split(), "-lcrypt", "-lm", "-lpthread"]


def snippets():
    """(file, line, code) of every fenced block of C."""
    found = []
    pages = [os.path.join(ROOT, n) for n in ("README.md", "ARCHITECTURE.md")]
    for page in pages + sorted(glob.glob(os.path.join(ROOT, "docs", "**", "*.md"), recursive=True)):
        if os.path.exists(page):
            with open(page, encoding="utf-8") as f:
                text = f.read()
            for m in FENCE.finditer(text):
                found.append((os.path.relpath(page, ROOT), text.count("\n", 0, m.start()) + 2, m.group(1)))
    return found


class Snippets(unittest.TestCase):
    def compile(self, folder, page, line, code):
        """A block with main() becomes a program; any other must compile by itself."""
        source, program = os.path.join(folder, "snippet.c"), os.path.join(folder, "snippet")
        whole = re.search(r"\bint main\(", code)
        with open(source, "w", encoding="utf-8") as f:
            if "#include" not in code:
                f.write("#include <carafe.h>\n")
            f.write('#line %d "%s"\n%s' % (line, page, code))
        command = ["gcc", *WARNINGS, "-I", os.path.join(ROOT, "include"), "-I", os.path.join(ROOT, "starter"), source]
        command += ["-o", program, *libraries()] if whole else ["-fsyntax-only"]
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(run.returncode, 0, run.stdout.decode())
        return program if whole else None

    def test_every_block_of_c_compiles_and_every_program_runs(self):
        blocks = snippets()
        self.assertTrue(blocks, "the pages hold no C at all")
        for page, line, code in blocks:
            with self.subTest(page=page, line=line), tempfile.TemporaryDirectory() as folder:
                program = self.compile(folder, page, line, code)
                if program:
                    run = subprocess.run([program, "routes"], cwd=folder, timeout=30, stdout=subprocess.PIPE,
                                         stderr=subprocess.STDOUT, env={**os.environ, "CARAFE_ENV": "development"})
                    self.assertEqual(run.returncode, 0, run.stdout.decode())

    def test_every_file_and_script_the_pages_name_is_there(self):
        for page in ("README.md", "ARCHITECTURE.md"):
            with open(os.path.join(ROOT, page), encoding="utf-8") as f:
                text = f.read()
            for name in re.findall(r"`((?:src|starter|script|tests|tools|bench|docs|include)/[\w./-]*\w)/?`", text):
                with self.subTest(page=page, name=name):
                    self.assertTrue(os.path.exists(os.path.join(ROOT, name)), name + " is not there")


if __name__ == "__main__":
    unittest.main()
