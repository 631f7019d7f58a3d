#!/usr/bin/python3
# test_snippets.py -- the code that README, ARCHITECTURE and docs/ show compiles, and whole programs run.
import os
import re
import subprocess
import tempfile
import unittest

from pages import BUILD, ROOT, blocks_of, is_file, pages, prose_of, text_of

WARNINGS = ["-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function",
            "-Wno-unused-variable", "-Wno-missing-field-initializers"]
VIEW = "static cf_response *a_view(cf_request *req)\n{\n%s    return NULL;\n}\n"


def libraries(*more):
    """What the build links the library with."""
    names = [n for n in re.findall(r"dependency\('([^']+)'", text_of("meson.build")) if n != "threads"]
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", *names, *more], stdout=subprocess.PIPE, check=True)
    return [os.path.join(BUILD, "libcarafe.a"), *flags.stdout.decode().split(), "-lcrypt", "-lm", "-lpthread"]


def source_of(block):
    """What is given to the compiler for a block."""
    place = '#line %d "%s"\n' % (block.line, block.page)
    if block.word == "view":
        return "#include <carafe.h>\n" + block.preamble + VIEW % (place + block.code)
    if "#include <carafe.h>" in block.code:
        return place + block.code
    return "#include <carafe.h>\n" + block.preamble + place + block.code


class Snippets(unittest.TestCase):
    def compile(self, folder, block):
        """Programs are linked; anything else must only compile. The program's path, or None."""
        source, program = os.path.join(folder, "snippet.c"), os.path.join(folder, "snippet")
        command = ["gcc", *WARNINGS, "-I", os.path.join(ROOT, "include"), "-I", os.path.join(ROOT, "starter"), source]
        whole = block.word == "test" or re.search(r"\bint main\(", block.code)
        with open(source, "w", encoding="utf-8") as f:
            f.write(source_of(block))
        if whole:
            command += ["-o", program, *libraries(*(["criterion"] if block.word == "test" else []))]
        run = subprocess.run(command if whole else command + ["-fsyntax-only"], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        self.assertEqual(run.returncode, 0, run.stdout.decode())
        return program if whole else None

    def run_program(self, program, folder, block, printed):
        """A program is an app, which lists its routes, or does what it does; a test program tests."""
        command = [program] if block.word == "test" else [program, "routes"]
        run = subprocess.run(command, cwd=folder, timeout=60, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             env={**os.environ, "CARAFE_ENV": "development"})
        self.assertEqual(run.returncode, 0, run.stdout.decode())
        if block.word == "test":
            self.assertRegex(run.stdout.decode(), r"Tested: \D*[1-9]")
        if printed is not None:
            self.assertEqual(run.stdout.decode(), printed)

    def test_every_block_of_c_compiles_and_every_program_runs(self):
        count = 0
        for page in pages():
            blocks = blocks_of(page)
            for block, following in zip(blocks, blocks[1:] + [None]):
                if block.language != "c" or is_file(block):
                    continue
                count += 1
                shown = following and (following.language, following.word) == ("text", "output")
                with self.subTest(page=page, line=block.line), tempfile.TemporaryDirectory() as folder:
                    program = self.compile(folder, block)
                    if program:
                        self.run_program(program, folder, block, following.code if shown else None)
        self.assertTrue(count, "the pages hold no C at all")

    def test_what_the_pages_say_in_words_is_so(self):
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "claims")
            subprocess.run(["gcc", *WARNINGS, "-I", os.path.join(ROOT, "include"),
                            os.path.join(ROOT, "tests", "docs", "claims.c"), "-o", program, *libraries("criterion")],
                           check=True)
            run = subprocess.run([program], cwd=folder, timeout=60, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual(run.returncode, 0, run.stdout.decode())

    def test_every_template_parses(self):
        found = [b for page in pages() for b in blocks_of(page) if b.language == "jinja"]
        self.assertTrue(found, "the pages hold no template")
        with tempfile.TemporaryDirectory() as folder:
            parser, names = os.path.join(folder, "parse"), []
            subprocess.run(["gcc", *WARNINGS, "-I", os.path.join(ROOT, "include"),
                            os.path.join(ROOT, "tests", "docs", "parse.c"), "-o", parser, *libraries()], check=True)
            for block in found:
                names.append("%s-%d.html" % (block.page.replace("/", "-"), block.line))
                with open(os.path.join(folder, names[-1]), "w", encoding="utf-8") as f:
                    f.write(block.code)
            run = subprocess.run([parser, *names], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual(run.returncode, 0, run.stdout.decode())


class Names(unittest.TestCase):
    def test_every_file_and_script_the_pages_name_is_there(self):
        for page in pages():
            for name in re.findall(r"`((?:src|starter|script|tests|tools|bench|docs|include)/[\w./-]*\w)/?`",
                                   text_of(page)):
                with self.subTest(page=page, name=name):
                    self.assertTrue(os.path.exists(os.path.join(ROOT, name)), name + " is not there")

    def test_every_link_leads_to_a_page(self):
        for page in pages():
            for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", prose_of(page)):
                with self.subTest(page=page, target=target):
                    path = os.path.join(ROOT, os.path.dirname(page), target)
                    self.assertTrue(os.path.exists(path), target + " is not there")

    def test_every_name_of_the_library_that_the_pages_use_is_declared(self):
        headers = ""
        folder = os.path.join(ROOT, "include", "carafe")
        for name in os.listdir(folder):
            headers += text_of(os.path.join("include", "carafe", name))
        declared = set(re.findall(r"\b(?:cf|CF)_\w+", headers))
        declared |= {"CF_" + code for code in re.findall(r"X\((\w+), \"", headers)}
        for page in pages():
            for name in set(re.findall(r"\b(?:cf|CF)_\w*\w\b", prose_of(page))):
                with self.subTest(page=page, name=name):
                    self.assertIn(name.rstrip("_"), declared | {n.rsplit("_", 1)[0] for n in declared})

    def test_every_command_that_the_pages_run_is_one_of_the_app(self):
        binary = os.path.abspath(os.path.join(BUILD, "starter", "flaskinni"))
        with tempfile.TemporaryDirectory() as folder:
            run = subprocess.run([binary, "--help"], cwd=folder, stdout=subprocess.PIPE,
                                 env={**os.environ, "CARAFE_ENV": "development"})
        commands = set(re.findall(r"^  ([a-z]+(?: [a-z]+)?)  ", run.stdout.decode(), re.M))
        self.assertIn("db upgrade", commands)
        named = 0
        for page in pages():
            for line in re.findall(r"(?:^|`|build/hello/)(?:flaskinni|hello) ([a-z]+(?: [a-z]+)?)", text_of(page), re.M):
                with self.subTest(page=page, line=line):
                    named += 1
                    self.assertTrue(line in commands or line.split()[0] in commands, line)
        self.assertTrue(named)

    def test_the_contents_name_every_page_of_the_manual(self):
        contents = text_of("docs/README.md")
        for page in pages():
            if page.startswith("docs/") and page != "docs/README.md":
                with self.subTest(page=page):
                    self.assertIn("](%s)" % os.path.relpath(page, "docs"), contents)


if __name__ == "__main__":
    unittest.main()
