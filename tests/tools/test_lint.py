#!/usr/bin/python3
# test_lint.py -- every rule of tools/lint.py can fail, and lets right code pass.
import os
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import lint  # noqa: E402

TREE = {
    "src/base/arena.c": "",
    "src/net/loop.c": "",
    "src/db/query.c": "",
    "src/web/app.c": "",
    "src/form/form.c": "",
    "src/jobs/queue.c": "",
    "src/notify/mail.c": "",
    "src/auth/users.c": "",
    "src/cli/main.c": "",
    "include/carafe.h": "",
    "include/carafe/arena.h": "",
    "include/carafe/query.h": "",
    "include/carafe/app.h": "",
    "include/carafe/main.h": "",
    "include/carafe/asset.h": "",
    "starter/blog/models.h": "",
}


def findings(files):
    """Lint a small tree in which every file starts with the line it must start with."""
    with tempfile.TemporaryDirectory() as root:
        for name, text in {**TREE, **files}.items():
            path = os.path.join(root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if name.endswith((".c", ".h")) and not text.startswith("/*"):
                text = "/* %s -- a file of the test. */\n%s" % (os.path.basename(name), text)
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        with open(os.path.join(ROOT, ".clang-format"), encoding="utf-8") as f:
            style = f.read()
        with open(os.path.join(root, ".clang-format"), "w", encoding="utf-8") as f:
            f.write(style)
        return lint.lint(root)


class Layers(unittest.TestCase):
    ALLOWED = [
        ("src/http/parser.c", "<carafe/arena.h>"),
        ("src/web/route.c", "<carafe/query.h>"),
        ("src/web/route.c", '"net/loop.h"'),
        ("src/form/field.c", '"db/query.h"'),
        ("src/jobs/run.c", '"net/loop.h"'),
        ("src/notify/sms.c", '"template/engine.h"'),
        ("src/auth/flows.c", '"jobs/queue.h"'),
        ("src/admin/pages.c", '"auth/users.h"'),
        ("src/cli/run.c", '"admin/pages.h"'),
        ("src/cli/run.c", "<carafe.h>"),
        ("src/base/io.c", "<carafe/asset.h>"),
        ("starter/main.c", "<carafe.h>"),
        ("starter/main.c", '"blog/models.h"'),
        ("starter/main.c", "<string.h>"),
        ("tests/web/test_app.c", "<carafe/query.h>"),
    ]
    REFUSED = [
        ("src/base/arena.c", '"http/parser.h"', "room 'base' may not include room 'http'"),
        ("src/http/parser.c", '"net/loop.h"', "room 'http' may not include room 'net'"),
        ("src/template/parser.c", "<carafe/query.h>", "room 'template' may not include room 'db'"),
        ("src/db/pool.c", '"http/parser.h"', "room 'db' may not include room 'http'"),
        ("src/web/route.c", '"form/form.h"', "room 'web' may not include room 'form'"),
        ("src/jobs/run.c", '"template/engine.h"', "room 'jobs' may not include room 'template'"),
        ("src/notify/sms.c", '"auth/users.h"', "room 'notify' may not include room 'auth'"),
        ("src/api/page.c", '"admin/pages.h"', "room 'api' may not include room 'admin'"),
        ("src/admin/pages.c", "<carafe/main.h>", "room 'admin' may not include room 'cli'"),
        ("src/web/route.c", "<carafe.h>", "room 'web' may not include <carafe.h>"),
        ("include/carafe/arena.h", "<carafe/app.h>", "room 'base' may not include room 'web'"),
        ("src/web/route.c", "<carafe/absent.h>", "no include/carafe/absent.h"),
        ("src/web/route.c", '"../form/form.h"', "room 'web' may not include room 'form'"),
        ("starter/main.c", "<carafe/app.h>", "starter/ may include <carafe.h>"),
        ("starter/main.c", '"web/app.h"', "starter/ may include <carafe.h>"),
        ("starter/main.c", "<uv.h>", "starter/ may include <carafe.h>"),
    ]

    def test_a_room_may_include_what_its_row_lists(self):
        for name, include in self.ALLOWED:
            with self.subTest(name=name, include=include):
                extra = {"src/form/form.h": ""} if "form" in include else {}
                self.assertEqual(findings({name: "#include %s\n" % include, **extra}), [])

    def test_a_room_may_not_include_anything_else(self):
        for name, include, message in self.REFUSED:
            with self.subTest(name=name, include=include):
                extra = {"src/form/form.h": ""} if "form" in include else {}
                found = findings({name: "#include %s\n" % include, **extra})
                self.assertEqual([(f[0], f[1]) for f in found], [(name, 2)])
                self.assertIn(message, found[0][2])

    def test_a_public_header_that_no_room_owns_is_found(self):
        found = findings({"include/carafe/orphan.h": "#include <stddef.h>\n", "include/carafe/http.h": ""})
        self.assertEqual([(f[0], f[1]) for f in found], [("include/carafe/orphan.h", 1)])

    def test_the_table_names_every_room_of_the_build(self):
        built = [d for d in os.listdir(os.path.join(ROOT, "src")) if os.path.isdir(os.path.join(ROOT, "src", d))]
        self.assertEqual(sorted(built), sorted(lint.ROOMS))


class Words(unittest.TestCase):
    def assert_one(self, files, name, number, message):
        found = findings(files)
        self.assertEqual([(f[0], f[1]) for f in found], [(name, number)])
        self.assertIn(message, found[0][2])

    def test_every_banned_function_is_found(self):
        for function in lint.BANNED:
            with self.subTest(function=function):
                text = "void f(void);\nvoid f(void)\n{\n    %s(0);\n}\n" % function
                self.assert_one({"src/base/x.c": text}, "src/base/x.c", 5, function + " is banned")

    def test_a_banned_name_in_a_comment_string_or_longer_name_is_fine(self):
        text = '/* strcpy(a, b) */\nconst char *a = "gets(x)";\n\nint cf_system(int);\nint x_rand(int);\n'
        self.assertEqual(findings({"src/base/x.c": text.replace("/* s", "/* x.c -- s", 1)}), [])

    def test_a_file_without_its_first_line_is_found(self):
        for name, text, number in [
            ("src/base/x.c", "/* y.c -- another name. */\n", 1),
            ("src/base/x.h", "/* x.h: no dashes. */\n", 1),
            ("starter/static/app.js", "'use strict';\n", 1),
            ("tools/x.py", "import os\n", 1),
            ("script/x", "#!/usr/bin/env bash\nset -e\n", 2),
        ]:
            with self.subTest(name=name):
                self.assert_one({name: text}, name, number, "says what the file is for")

    def test_a_registry_host_is_found(self):
        for host in ["registry.n" + "pmjs.org", "pypi" + ".org", "deb.debian" + ".org", "crates" + ".io"]:
            with self.subTest(host=host):
                self.assert_one({"README.md": "fetch https://%s/x\n" % host}, "README.md", 1, "registry")

    def test_unfinished_work_is_found(self):
        for word in ["TO" + "DO: later", "FIX" + "ME", "XX" + "X", "not imple" + "mented"]:
            with self.subTest(word=word):
                self.assert_one({"docs/a.md": "text\n%s\n" % word}, "docs/a.md", 2, "unfinished")

    def test_code_that_is_not_formatted_is_found(self):
        self.assert_one({"src/base/x.c": "int   cf_x;\n"}, "src/base/x.c", 2, "clang-format")

    def test_this_tree_is_read_as_a_whole(self):
        self.assertIn("tests/tools/test_lint.py", lint.list_files(ROOT))


if __name__ == "__main__":
    unittest.main()
