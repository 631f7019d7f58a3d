#!/usr/bin/python3
# test_embed.py -- bundles made by tools/embed.py hold what the folders held.
import gzip
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EMBED = os.path.join(ROOT, "tools", "embed.py")

# Prints every asset: path, mime, hash, and the three contents in hex.
PRINTER = r"""
#include <carafe/asset.h>
#include <stdio.h>
extern const cf_bundle try_bundle;
static void hex(cf_str s)
{
    putchar(' ');
    for (size_t i = 0; i < s.len; i++)
        printf("%02x", (unsigned char)s.ptr[i]);
    putchar('.');
}
int main(void)
{
    printf("%s\n", try_bundle.source);
    for (size_t i = 0; i < try_bundle.count; i++) {
        const cf_asset *a = &try_bundle.assets[i];
        printf("%s|%s|%s|", a->path, a->mime, a->hash);
        hex(a->data);
        hex(a->gzip);
        hex(a->brotli);
        printf("|%d\n", a->data.ptr[a->data.len]);
    }
    return 0;
}
"""


def read(path):
    with open(path, "rb") as f:
        return f.read()


def embed(folder, out, *words):
    outs = [os.path.join(out, "try_bundle" + e) for e in (".c", ".S", ".bin")]
    run = subprocess.run([EMBED, "--name", "try_bundle", "--source", folder, "--depfile",
                          os.path.join(out, "d"), *words, "--out", *outs],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return run.returncode, run.stdout.decode(), outs


def read_back(out, outs, compiler=("gcc",)):
    """Compiles and runs the printer; one tuple an asset."""
    main = os.path.join(out, "main.c")
    with open(main, "w", encoding="utf-8") as f:
        f.write(PRINTER)
    subprocess.run([*compiler, "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-I" + os.path.join(ROOT, "include"),
                    "-o", main[:-2], main, outs[0], outs[1]], check=True)
    lines = subprocess.run([main[:-2]], stdout=subprocess.PIPE, check=True).stdout.decode().split("\n")[1:-1]
    assets = {}
    for line in lines:
        path, mime, digest, contents, nul = line.split("|")
        data, gz, br = [bytes.fromhex(h.strip()) for h in contents.split(".")[:3]]
        assets[path] = (mime, digest, data, gz, br, nul)
    return assets


class Embed(unittest.TestCase):
    def setUp(self):
        self.holder = tempfile.TemporaryDirectory()
        self.source = os.path.join(self.holder.name, "app")
        self.out = os.path.join(self.holder.name, "out")
        os.mkdir(self.out)
        self.addCleanup(self.holder.cleanup)

    def put(self, path, data):
        path = os.path.join(self.source, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)

    def put_some(self):
        self.put("templates/a b.html", b"<p>\xc3\xa9\"?\\</p>")
        self.put("templates/blog/post.html", b"post")
        self.put("templates/.hidden", b"x")
        self.put("templates/left.html~", b"x")
        self.put("static/app.css", b"a { color: red }\n" * 100)
        self.put("static/tiny.js", b"1")
        self.put("static/photo.png", bytes(range(256)))
        self.put("static/empty.txt", b"")

    def test_every_file_comes_back_byte_for_byte(self):
        self.put_some()
        code, message, outs = embed(self.source, self.out, "templates", "--static", "static")
        self.assertEqual((code, message), (0, ""))
        for compiler in (("gcc",), ("clang",), ("gcc", "-flto", "-O2"), ("gcc", "-fsanitize=address,undefined")):
            with self.subTest(compiler=compiler):
                assets = read_back(self.out, outs, compiler)
                self.assertEqual(list(assets), ["static/app.css", "static/empty.txt", "static/photo.png",
                                                "static/tiny.js", "templates/a b.html", "templates/blog/post.html"])
                for path, asset in assets.items():
                    self.assertEqual(asset[2], read(os.path.join(self.source, path)))
                    self.assertEqual(asset[5], "0")

    def test_static_files_are_compressed_when_that_is_smaller(self):
        self.put_some()
        _, _, outs = embed(self.source, self.out, "templates", "--static", "static")
        assets = read_back(self.out, outs)
        mime, digest, data, gz, br, _ = assets["static/app.css"]
        self.assertEqual(mime, "text/css; charset=utf-8")
        self.assertRegex(digest, r"^[0-9a-f]{16}$")
        self.assertEqual(gzip.decompress(gz), data)
        plain = subprocess.run(["brotli", "-dc"], input=br, stdout=subprocess.PIPE, check=True).stdout
        self.assertEqual(plain, data)
        self.assertLess(len(br), len(gz))
        for path in ("static/tiny.js", "static/photo.png", "static/empty.txt", "templates/blog/post.html"):
            self.assertEqual(assets[path][3:5], (b"", b""), path)

    def test_the_same_folder_gives_the_same_bytes(self):
        self.put_some()
        _, _, outs = embed(self.source, self.out, "templates", "--static", "static")
        first = [read(p) for p in outs]
        os.utime(os.path.join(self.source, "static/app.css"), (1, 1))
        _, _, outs = embed(self.source, self.out, "templates", "--static", "static")
        self.assertEqual(first, [read(p) for p in outs])

    def test_an_empty_folder_gives_an_empty_bundle(self):
        os.makedirs(os.path.join(self.source, "templates"))
        code, message, outs = embed(self.source, self.out, "templates")
        self.assertEqual((code, message), (0, ""))
        self.assertEqual(read_back(self.out, outs), {})

    def test_a_file_from_elsewhere_goes_under_its_path(self):
        self.put_some()
        outside = os.path.join(self.holder.name, "lib.js")
        with open(outside, "w", encoding="utf-8") as f:
            f.write("lib")
        code, _, outs = embed(self.source, self.out, "templates", "--file", "static/vendor/lib.js=" + outside)
        self.assertEqual(code, 0)
        self.assertEqual(read_back(self.out, outs)["static/vendor/lib.js"][2], b"lib")
        self.assertIn(outside.encode(), read(os.path.join(self.out, "d")))

    def test_what_is_missing_or_doubled_is_named(self):
        self.put_some()
        for words, message in [
            (["absent"], "no folder"),
            (["--file", "a=/absent/file"], "no file /absent/file"),
            (["static", "--static", "static"], "two files would be"),
        ]:
            with self.subTest(words=words):
                code, text, _ = embed(self.source, self.out, *words)
                self.assertNotEqual(code, 0)
                self.assertIn(message, text)


if __name__ == "__main__":
    unittest.main()
