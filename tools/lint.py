#!/usr/bin/python3
# lint.py -- the house rules a compiler does not check; script/lint runs it.
"""Prints one `file:line: message` a finding and exits 1 when there is any.

Rules: who may include whom (ROOMS below is the table of the plan), clang-format, functions that
are banned, each file's first line, registry host names, and unfinished work.
"""
import concurrent.futures
import os
import re
import subprocess
import sys

# room: the rooms it may include besides itself. "x…" means x and everything x may include.
ROOMS = {
    "base": "",
    "http": "base",
    "template": "base",
    "net": "base http",
    "db": "base net",
    "web": "base http net template db",
    "form": "web…",
    "jobs": "db…",
    "notify": "jobs… web…",
    "auth": "form… notify… web…",
    "api": "auth…",
    "admin": "auth…",
    "cli": "api… admin…",
}

# Public headers without a source file of the same name, or with several. One named as a room is that room's.
HEADER_ROOM = {"asset": "base", "stack": "net", "validator": "form"}

# The C library's headers, the only ones the starter may use beside <carafe.h>.
C_LIBRARY = set("""assert complex ctype errno fenv float inttypes iso646 limits locale math signal
    stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath time
    uchar wchar wctype""".split())

BANNED = {
    "strcpy": "cf_str and cf_buf, or memcpy with a checked length",
    "stpcpy": "cf_buf",
    "strcat": "cf_buf",
    "strncpy": "memcpy with a checked length (it may leave no NUL)",
    "strncat": "cf_buf",
    "sprintf": "snprintf or cf_buf",
    "vsprintf": "vsnprintf or cf_buf",
    "gets": "fgets",
    "strtok": "cf_str_cut",
    "atoi": "cf_str_to_i64 (atoi cannot report an error)",
    "atol": "cf_str_to_i64 (atol cannot report an error)",
    "atoll": "cf_str_to_i64 (atoll cannot report an error)",
    "atof": "strtod with its end checked",
    "scanf": "a parser that reports where it failed",
    "sscanf": "a parser that reports where it failed",
    "fscanf": "a parser that reports where it failed",
    "system": "posix_spawn with an argument vector",
    "popen": "posix_spawn with an argument vector",
    "alloca": "an arena",
    "setjmp": "an error that is returned",
    "longjmp": "an error that is returned",
    "sigsetjmp": "an error that is returned",
    "siglongjmp": "an error that is returned",
    "rand": "libsodium's randombytes",
    "srand": "libsodium's randombytes",
    "random": "libsodium's randombytes",
    "gmtime": "gmtime_r",
    "localtime": "localtime_r",
    "asctime": "cf_time's formatting",
    "ctime": "cf_time's formatting",
    "tmpnam": "mkstemp",
    "tempnam": "mkstemp",
    "mktemp": "mkstemp",
}
BANNED_CALL = re.compile(r"(?<![\w.>])(%s)\s*\(" % "|".join(BANNED))

# Spelled in pieces, so that this file passes its own rules.
REGISTRY = re.compile("|".join([r"\bregistry\.(?:npm|yarn)", r"\bnpmjs\.(?:org|com)", r"\bpypi\.(?:org|io)",
    r"\bpythonhosted\.(?:org|com)", r"\bcrates\.(?:io)", r"\brubygems\.(?:org)", r"\bproxy\.golang\.(?:org)",
    r"\b(?:deb|security|ftp)\.debian\.(?:org)", r"\bdeb\.nodesource\.(?:com)", r"\bdocker\.(?:io)", r"\bghcr\.(?:io)"]))
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b|not imple" + r"mented")

SKIPPED_FOLDERS = re.compile(r"(^|/)(\.git|build[^/]*|node_modules|var|__pycache__)(/|$)")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def expand_rooms(rooms=None):
    """The set of rooms each room may include, itself among them."""
    rooms = ROOMS if rooms is None else rooms
    allowed = {}

    def of(room):
        if room not in allowed:
            allowed[room] = {room}
            for word in rooms[room].split():
                name = word.rstrip("…")
                allowed[room] |= of(name) if word.endswith("…") else {name}
        return allowed[room]

    for room in rooms:
        of(room)
    return allowed


def list_files(root):
    """Every file git would keep, or every file where there is no git; sorted."""
    if os.path.isdir(os.path.join(root, ".git")) or os.path.isfile(os.path.join(root, ".git")):
        out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=root,
                             stdout=subprocess.PIPE, check=True).stdout.decode()
        names = [n for n in out.split("\0") if n and os.path.isfile(os.path.join(root, n))]
    else:
        names = [os.path.relpath(os.path.join(d, f), root) for d, _, fs in os.walk(root) for f in fs]
    return sorted(n for n in names if not SKIPPED_FOLDERS.search(n))


def read_text(root, name):
    """The file's text, or None when it is not text."""
    with open(os.path.join(root, name), "rb") as f:
        data = f.read()
    if b"\0" in data:
        return None
    return data.decode("utf-8", "replace")


def blank_comments(text):
    """The C text with comments and literals blanked and every line where it was."""
    return COMMENT_OR_STRING.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def room_of_path(name):
    """src/web/x.c → web; None outside the rooms."""
    parts = name.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "src" and parts[1] in ROOMS else None


class Layers:
    """Who may include whom."""

    def __init__(self, names):
        self.names = set(names)
        self.allowed = expand_rooms()

    def room_of_module(self, module):
        """The room that owns include/carafe/<module>.h, or None when nobody can tell."""
        if module in HEADER_ROOM:
            return HEADER_ROOM[module]
        for room in ROOMS:
            if "src/%s/%s.c" % (room, module) in self.names:
                return room
        return module if module in ROOMS else None

    def target(self, name, quote, path):
        """What an include names: a room, "umbrella", "own", "c", "system" or an error text."""
        if path == "carafe.h":
            return "umbrella"
        if path.startswith("carafe/"):
            module = path[len("carafe/"):-2]
            if "include/" + path not in self.names:
                return "error: no include/%s" % path
            return self.room_of_module(module) or "own"
        if quote == "<":
            return "c" if path[:-2] in C_LIBRARY else "system"
        here = os.path.normpath(os.path.join(os.path.dirname(name), path))
        if here in self.names:
            return room_of_path(here) or "own"
        head = path.split("/")[0]
        return head if head in ROOMS else "own"

    def complain(self, name, quote, path):
        """What is wrong with this include in this file, or None."""
        target = self.target(name, quote, path)
        if target.startswith("error: "):
            return target[7:]
        if name.startswith("starter/") or name == "bench/app.c":
            if target not in ("umbrella", "own", "c"):
                return "%s may include <carafe.h>, its own files and the C library, not %s" % (
                    name.split("/")[0] + "/" if name.startswith("starter/") else name, path)
            return None
        room = room_of_path(name)
        if name.startswith("include/carafe/"):
            room = self.room_of_module(os.path.basename(name)[:-2])
            if room is None:
                return None  # Said once, by check_owners.
        if room is None:
            return None
        if target == "umbrella" and room != "cli":
            return "room '%s' may not include <carafe.h>, which is every room's" % room
        if target in ROOMS and target not in self.allowed[room]:
            return "room '%s' may not include room '%s' (%s)" % (room, target, path)
        return None


def check_includes(names, texts):
    layers = Layers(names)
    for name in names:
        if not name.endswith((".c", ".h")):
            continue
        for number, line in enumerate(texts[name].split("\n"), 1):
            m = INCLUDE.match(line)
            if m:
                wrong = layers.complain(name, m.group(1), m.group(2))
                if wrong:
                    yield name, number, wrong


def check_owners(names, _texts):
    layers = Layers(names)
    for name in names:
        if name.startswith("include/carafe/") and not layers.room_of_module(os.path.basename(name)[:-2]):
            yield name, 1, "no src/<room>/%s.c tells which room this header belongs to" % os.path.basename(name)[:-2]


def check_banned(names, texts):
    for name in names:
        if name.endswith((".c", ".h")):
            code = blank_comments(texts[name])
            for m in BANNED_CALL.finditer(code):
                yield name, line_of(code, m.start()), "%s is banned: use %s" % (m.group(1), BANNED[m.group(1)])


def first_line_pattern(name, text):
    """The line number that must say what the file is for, its pattern and a model."""
    base = os.path.basename(name)
    if name.endswith((".c", ".h", ".S", ".css", ".js", ".mjs")):
        return 1, r"/\* %s -- \S" % re.escape(base), "/* %s -- what it is for. */" % base
    if text.startswith("#!"):
        return 2, r"# %s -- \S" % re.escape(base), "# %s -- what it is for." % base
    if name.endswith(".py"):
        return 1, r"# %s -- \S" % re.escape(base), "# %s -- what it is for." % base
    return None


def check_first_lines(names, texts):
    for name in names:
        rule = first_line_pattern(name, texts[name])
        if rule:
            number, pattern, model = rule
            lines = texts[name].split("\n")
            if len(lines) < number or not re.match(pattern, lines[number - 1]):
                yield name, number, "this line says what the file is for: %s" % model


def check_words(names, texts):
    for name in names:
        if name == "LICENSE":
            continue
        for number, line in enumerate(texts[name].split("\n"), 1):
            m = REGISTRY.search(line)
            if m:
                yield name, number, "names a package registry's host (%s)" % m.group()
            m = UNFINISHED.search(line)
            if m:
                yield name, number, "unfinished by its own words (%s)" % m.group()


def format_batch(root, batch):
    """Findings for some files, from clang-format's own messages: `file:line:column: error: …`."""
    run = subprocess.run(["clang-format", "--dry-run", "-Werror", "--ferror-limit=1", "--style=file", *batch],
                         cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    out = run.stdout.decode("utf-8", "replace")
    found = [(m.group(1), int(m.group(2)), "not as clang-format would have it: script/format %s" % m.group(1))
             for m in re.finditer(r"^(\S+?):(\d+):\d+: error: ", out, re.M)]
    if run.returncode and not found:
        found.append((".clang-format", 1, "clang-format failed: " + out.strip()[:300]))
    return found


def check_format(root, names):
    sources = [n for n in names if n.endswith((".c", ".h"))]
    batches = [sources[i:i + 16] for i in range(0, len(sources), 16)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(lambda batch: format_batch(root, batch), batches):
            yield from found


def lint(root):
    """All findings below root, as (file, line, message), in order."""
    texts = {}
    for name in list_files(root):
        text = read_text(root, name)
        if text is not None:
            texts[name] = text
    names = list(texts)
    findings = []
    for check in (check_includes, check_owners, check_banned, check_first_lines, check_words):
        findings += check(names, texts)
    findings += check_format(root, names)
    return sorted(findings)


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    findings = lint(root)
    for name, number, message in findings:
        print("%s:%d: %s" % (name, number, message))
    print("lint: %d findings" % len(findings) if findings else "lint: clean")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
