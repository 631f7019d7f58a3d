#!/usr/bin/python3
# embed.py -- turns folders of files into a cf_bundle (carafe/asset.h) inside the binary.
"""Writes three files for the build to compile: a C table of the assets, an assembler file that
takes the bytes in by .incbin, and the bytes. Static files are also held gzip- and
brotli-compressed where that is smaller. The same input gives the same output, byte for byte."""
import argparse
import gzip
import hashlib
import os
import re
import subprocess
import sys

# The same list as cf_mime_type's in src/base; tests/tools compares them.
MIME = {
    "html": "text/html", "htm": "text/html", "css": "text/css", "js": "text/javascript", "mjs": "text/javascript",
    "txt": "text/plain", "md": "text/markdown", "csv": "text/csv", "xml": "application/xml",
    "json": "application/json", "map": "application/json", "webmanifest": "application/manifest+json",
    "svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
    "webp": "image/webp", "avif": "image/avif", "ico": "image/vnd.microsoft.icon", "woff": "font/woff",
    "woff2": "font/woff2", "ttf": "font/ttf", "otf": "font/otf", "pdf": "application/pdf", "zip": "application/zip",
    "gz": "application/gzip", "wasm": "application/wasm", "mp4": "video/mp4", "webm": "video/webm",
    "mp3": "audio/mpeg", "ogg": "audio/ogg", "wav": "audio/wav", "sql": "application/sql",
}
SQUEEZED = re.compile(r"\.(png|jpe?g|gif|webp|avif|woff2?|zip|gz|mp4|webm|mp3|ogg|pdf)$", re.I)


def mime_type(path):
    ending = path.rsplit(".", 1)[-1].lower() if "." in os.path.basename(path) else ""
    mime = MIME.get(ending, "application/octet-stream")
    return mime + "; charset=utf-8" if mime.startswith("text/") else mime


def brotli(data, cache):
    """Brotli's best, kept by content in the cache folder, for it takes a while."""
    path = os.path.join(cache, hashlib.sha256(data).hexdigest() + ".br")
    if not os.path.exists(path):
        os.makedirs(cache, exist_ok=True)
        packed = subprocess.run(["brotli", "--best", "--stdout", "-"], input=data, stdout=subprocess.PIPE,
                                check=True).stdout
        with open("%s.%d" % (path, os.getpid()), "wb") as f:
            f.write(packed)
        os.rename(f.name, path)
    with open(path, "rb") as f:
        return f.read()


class Blob:
    """The bytes of the whole bundle; equal pieces are stored once, each with a NUL after it."""

    def __init__(self):
        self.data, self.offsets = bytearray(), {}

    def add(self, piece):
        key = hashlib.sha256(piece).digest()
        if key not in self.offsets:
            self.offsets[key] = len(self.data)
            self.data += piece + b"\0"
            self.data += b"\0" * (-len(self.data) % 16)
        return self.offsets[key]


class Bundle:
    def __init__(self, source, cache):
        self.source, self.cache = os.path.abspath(source), cache
        self.files, self.inputs = {}, [os.path.abspath(__file__)]

    def add_file(self, path, real, compress):
        if path in self.files:
            sys.exit("embed: two files would be %s: %s and %s" % (path, self.files[path][0], real))
        self.files[path] = (real, compress)
        self.inputs.append(os.path.abspath(real))

    def add_folder(self, folder, compress):
        """Every file below source/folder that is not hidden and not an editor's leftover."""
        top = os.path.join(self.source, folder)
        if not os.path.isdir(top):
            sys.exit("embed: there is no folder %s" % top)
        for here, folders, names in os.walk(top):
            self.inputs.append(os.path.abspath(here))
            folders[:] = [d for d in folders if not d.startswith(".")]
            for name in names:
                if not name.startswith(".") and not name.endswith("~"):
                    real = os.path.join(here, name)
                    self.add_file(os.path.relpath(real, self.source).replace(os.sep, "/"), real, compress)

    def rows(self, blob):
        for path in sorted(self.files, key=lambda p: p.encode()):
            real, compress = self.files[path]
            with open(real, "rb") as f:
                data = f.read()
            pieces = [data, b"", b""]
            if compress and data and not SQUEEZED.search(path):
                pieces[1] = gzip.compress(data, 9, mtime=0)
                pieces[2] = brotli(data, self.cache)
            views = ["{ NULL, 0 }" if i and len(p) >= len(data) or not p and i else
                     "{ bytes + %d, %d }" % (blob.add(p), len(p)) for i, p in enumerate(pieces)]
            yield path, views, hashlib.sha256(data).hexdigest()[:16], mime_type(path)


def c_string(text):
    """A C literal; bytes outside printable ASCII go by octal escapes."""
    return '"%s"' % "".join(chr(b) if 32 <= b < 127 and b not in b'"\\?' else "\\%03o" % b for b in text.encode())


def c_source(name, bundle, blob):
    rows = ["    { %s, %s, %s, %s, %s, %s }," % (c_string(path), *views, c_string(digest), c_string(mime))
            for path, views, digest, mime in bundle.rows(blob)]
    body = "\n".join(rows) if rows else "    { 0 },"
    return """/* %s.c -- made by tools/embed.py. */
#include <carafe/asset.h>

__attribute__((visibility("hidden"))) extern const char %s_bytes[];
#define bytes %s_bytes

static const cf_asset assets[] = {
%s
};

extern const cf_bundle %s;
const cf_bundle %s = { assets, %d, %s };
""" % (name, name, name, body, name, name, len(rows), c_string(bundle.source))


def asm_source(name, blob, blob_path):
    digest = hashlib.sha256(blob.data).hexdigest()
    return """/* %s.S -- made by tools/embed.py. Holds %d bytes, SHA-256 %s. */
    .section .rodata
    .balign 16
    .globl %s_bytes
    .hidden %s_bytes
    .type %s_bytes, %%object
%s_bytes:
    .incbin "%s"
    .byte 0
    .size %s_bytes, . - %s_bytes
    .section .note.GNU-stack, "", %%progbits
""" % (name, len(blob.data), digest, name, name, name, name, os.path.abspath(blob_path), name, name)


def write(path, data):
    with open(path, "wb") as f:
        f.write(data if isinstance(data, (bytes, bytearray)) else data.encode())


def main():
    parser = argparse.ArgumentParser(prog="embed.py", description=__doc__)
    parser.add_argument("--name", required=True, help="the cf_bundle's name in C")
    parser.add_argument("--source", required=True, help="the folder that paths are relative to")
    parser.add_argument("--static", action="append", default=[], metavar="FOLDER",
                        help="a folder below the source whose files are also held compressed")
    parser.add_argument("--file", action="append", default=[], metavar="PATH=FILE",
                        help="one file from elsewhere, under that path; also held compressed")
    parser.add_argument("--depfile", help="where to tell ninja what was read")
    parser.add_argument("--out", nargs=3, required=True, metavar=("C", "S", "BIN"))
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="a folder below the source")
    args = parser.parse_args()
    if not re.fullmatch(r"[A-Za-z_]\w*", args.name):
        sys.exit("embed: '%s' is not a C name" % args.name)

    bundle, blob = Bundle(args.source, args.out[2] + ".cache"), Blob()
    for folder in args.folders:
        bundle.add_folder(folder, False)
    for folder in args.static:
        bundle.add_folder(folder, True)
    for pair in args.file:
        path, _, real = pair.partition("=")
        if not os.path.isfile(real):
            sys.exit("embed: there is no file %s (for %s)" % (real, path))
        bundle.add_file(path, real, True)

    c_out, s_out, bin_out = args.out
    write(c_out, c_source(args.name, bundle, blob))
    write(bin_out, blob.data)
    write(s_out, asm_source(args.name, blob, bin_out))
    if args.depfile:
        escaped = [re.sub(r"([ #\\])", r"\\\1", p).replace("$", "$$") for p in bundle.inputs]
        write(args.depfile, "%s: %s\n" % (c_out, " ".join(escaped)))


if __name__ == "__main__":
    main()
