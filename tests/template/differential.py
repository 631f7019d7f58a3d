#!/usr/bin/python3
# differential.py -- random templates through Debian's python3-jinja2 and ours, side by side.
"""Usage: differential.py CARAFE_PROBE [--cases N] [--seed S] [--show K] [--save FILE]

Makes templates and contexts from a seed, renders each with both engines and compares what comes out, or
which class of error. Exits 1 on a difference, 77 (skipped) where jinja2 is missing.
"""
import argparse
import json
import random
import re
import subprocess
import sys
import warnings

import expressions
import grammar
import statements

try:
    import jinja2
    import markupsafe
    from jinja2 import exceptions, sandbox
except ImportError:
    print("SKIPPED: python3-jinja2 is not installed, so there is nothing to compare with")
    sys.exit(77)


class Gen(grammar.More, expressions.Expressions, statements.Statements):
    """One random template with its context."""

    def __init__(self, rng):
        self.r = rng
        self.macros = []
        self.locals = []
        self.depth = 0


# ---- the oracle ----
def revive(v):
    if isinstance(v, list):
        return [revive(x) for x in v]
    if isinstance(v, dict):
        return markupsafe.Markup(v["$html"]) if "$html" in v else {k: revive(x) for k, x in v.items()}
    return v


def oracle(case):
    """What python3-jinja2 answers, or None where the case has no meaning outside Python."""
    o = dict(case["options"])
    undefined = {"strict": jinja2.StrictUndefined, "chainable": jinja2.ChainableUndefined,
                 "debug": jinja2.DebugUndefined}.get(o.pop("undefined", None), jinja2.Undefined)
    box = o.pop("sandbox", None)
    o.pop("stream", None)
    kind = {None: jinja2.Environment, "default": sandbox.SandboxedEnvironment, "immutable": sandbox.ImmutableSandboxedEnvironment}[box]
    if o.get("autoescape") == "select":
        o["autoescape"] = jinja2.select_autoescape(("html", "htm", "xml"))
    o["extensions"] = ["jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n"]
    newstyle = o.pop("newstyle")
    try:
        env = kind(loader=jinja2.DictLoader(case["templates"]), undefined=undefined, cache_size=0, **o)
        env.install_null_translations(newstyle=newstyle)
        out = env.get_template(case["main"]).render(revive(case["context"]))
    except exceptions.TemplateNotFound:
        return {"error": "notfound"}
    except exceptions.SecurityError:
        return {"error": "security"}
    except exceptions.UndefinedError:
        return {"error": "undefined"}
    except exceptions.TemplateSyntaxError:
        return {"error": "syntax"}
    except (SyntaxError, RecursionError, AssertionError, NameError):
        return None
    except Exception:
        return {"error": "runtime"}
    if PYTHON_ONLY.search(out):
        return None
    return {"output": out}


# Text that shows what exists in Python alone: addresses, generators, types.
PYTHON_ONLY = re.compile(r"(&lt;|<)(generator|bound method|built-in|function|class|list_reverse|map object|Macro|reversed|str_ascii_it|"
                         r"odict|LoopContext|itertools|method|jinja2|LOOPCONTEXT|MACRO|GENERATOR|macro|loopcontext|Loopcontext)", re.I)


def same(case, want, got):
    if want is None:
        return True
    # Later versions of Jinja2 refuse pop() and clear() there too.
    if case["options"].get("sandbox") == "immutable" and got.get("error") == "security":
        return True
    # What integers of templates may have at most is less than what memory holds.
    if "would have more than" in got.get("message", ""):
        return True
    if "output" in want:
        return got.get("output") == want["output"]
    # What is strictly undefined may fail when Jinja2 compiles, before another fault that a render meets.
    if case["options"].get("undefined") == "strict":
        return "error" in got and (want["error"] == "syntax") == (got["error"] == "syntax")
    return got.get("error") == want["error"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("probe")
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5)
    parser.add_argument("--save")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    cases = [Gen(random.Random(args.seed * 1000003 + n)).case(n) for n in range(args.cases)]
    sent = b"".join(json.dumps(c).encode() + b"\n" for c in cases)
    done = subprocess.run([args.probe], input=sent, stdout=subprocess.PIPE, timeout=1800, check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    wrong, skipped, outputs = [], 0, 0
    for case, got in zip(cases, answers):
        want = oracle(case)
        skipped += want is None
        outputs += want is not None and "output" in want
        if not same(case, want, got):
            wrong.append((case, want, got))
    print("%d cases, %d rendered by both, %d only Python has, %d different, seed %d, jinja2 %s" % (
        len(cases), outputs, skipped, len(wrong), args.seed, jinja2.__version__))
    for case, want, got in wrong[:args.show]:
        print("---- case %d options %s" % (case["id"], case["options"]))
        for name, source in case["templates"].items():
            if name not in ("lib", "part", "part2", "lib2", "blocks", "child"):
                print("  %s: %r" % (name, source))
        print("  context: %s\n  want: %r\n  got:  %r" % (json.dumps(case["context"], ensure_ascii=False)[:1500], want, got))
    if args.save:
        with open(args.save, "w", encoding="utf-8") as f:
            for case, want, got in wrong:
                f.write(json.dumps({"case": case, "want": want, "got": got}) + "\n")
    if len(answers) != len(cases):
        print("the probe ended after %d of %d cases with status %d" % (len(answers), len(cases), done.returncode))
    return 1 if wrong or len(answers) != len(cases) else 0


if __name__ == "__main__":
    sys.exit(main())
