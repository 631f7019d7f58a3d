#!/usr/bin/python3
# compare.py -- CPU and memory per render: ours, python3-jinja2, Node's nunjucks, C by hand.
"""Usage: compare.py BENCH_TEMPLATE [--json]

All get the same templates and data in turns, three times; the best of each is shown. Carafe and Jinja2 must
write the same bytes. nunjucks, whose filters and operators are JavaScript's in places, is noted when its text's
length differs by more than 5 %.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import tracemalloc

FOLDER = os.path.dirname(os.path.abspath(__file__))
STARTER = os.path.join(FOLDER, "..", "..", "starter")
FOLDERS = [FOLDER] + [os.path.join(STARTER, f) for f in ("templates", "base/templates", "blog/templates")]
PAGES = ["fortunes.html", "table.html", "dashboard.html", "base/home.html"]


def data():
    text = "<script>alert(\"This should not be displayed\");</script> a computer scientist & more"
    user = {"id": 7, "is_authenticated": True, "email": "ann@example.com", "first_name": "Ann", "full_name": "Ann O'Neill", "img": None}
    posts = [{"id": i, "title": "Post <%d>" % i, "slug": "post-%d" % i, "body": "Words and more words that go on. " * 8,
              "subtitle": "" if i % 3 else "What nobody <tells> you", "img": None, "user": user, "status": "published",
              "publish_date": "2026-11-%02d" % (i + 1), "reading_time": 3, "tags": ["C", "Web", "Tag & %d" % i]} for i in range(20)]
    cards = [dict(p, tags=[{"name": t} for t in p["tags"]]) for p in posts[:6]]
    return {
        "site": "Carafe", "year": 2026, "user": {"name": "ann o'neill", "admin": True}, "current_user": user,
        "config": {"SITE_NAME": "Flaskinni"}, "session": {"sidebar_collapsed": False}, "request": {"path": "/"},
        "tags": [{"name": t} for t in ("c", "design", "memory", "web")],
        "posts": {"items": cards, "page": 1, "pages": 3, "has_prev": False, "has_next": True, "next_num": 2, "prev_num": None},
        "menu": [{"url": "/%d?a=1&b=2" % i, "text": "Item %d" % i, "active": i == 2} for i in range(6)],
        "fortunes": [{"id": i, "message": (text if i == 5 else "A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, フレームワーク %d" % i)} for i in range(12)],
        "rows": [{"id": i, "name": "Name %d" % i, "email": "user%d@example.com" % i, "amount": "%d.50" % i,
                  "note": "plain text of some length" if i % 10 else "5 < 6 & \"quoted\""} for i in range(1000)],
        "entries": posts,
        "notices": [{"level": i % 3 + 1, "text": "Notice %d" % i} for i in range(5)],
    }


class Bag:
    """Attributes, for names that dicts have methods of."""

    def __init__(self, values):
        self.__dict__.update(values)


def jinja_environment():
    import jinja2
    env = jinja2.Environment(loader=jinja2.FileSystemLoader(FOLDERS), autoescape=True, auto_reload=False)
    env.globals.update(
        url_for=lambda endpoint, **kw: "/" + endpoint.replace(".", "/") + ("?" + "&".join("%s=%s" % p for p in kw.items()) if kw else ""),
        csrf_token=lambda: "IjQ1ZjE2YTk0Y2Y5YzE0.Zx0aWw.s3cr3t", get_flashed_messages=lambda **kw: [])
    for name in ("timeago", "datetimeformat", "markdown_plain"):
        env.filters[name] = lambda value, *args: value
    return env, jinja2.__version__


def jinja(values):
    env, version = jinja_environment()
    values = dict(values, current_user=dict(values["current_user"], has_role=lambda name: name == "admin"))
    values["posts"] = Bag(dict(values["posts"], iter_pages=lambda: [1, 2, 3]))
    out = {"version": version}
    for page in PAGES:
        env.get_template(page).render(values)
        start, renders = time.process_time(), 0
        while time.process_time() - start < 1.0:
            text = env.get_template(page).render(values)
            renders += 1
        out[page] = {"us": (time.process_time() - start) * 1e6 / renders, "text": text}
        tracemalloc.start()
        env.get_template(page).render(values)
        out[page]["values"] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return out


def nunjucks(data_file):
    """What nunjucks.js measures, or None where Node or nunjucks is missing."""
    try:
        done = subprocess.run(["node", "--expose-gc", "--max-semi-space-size=64", os.path.join(FOLDER, "nunjucks.js"), data_file] + FOLDERS,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True, env=dict(os.environ, NODE_PATH="/usr/share/nodejs"))
    except (OSError, subprocess.CalledProcessError) as error:
        print("nunjucks is left out: %s" % (getattr(error, "stderr", b"") or str(error).encode()).decode()[:300], file=sys.stderr)
        return None
    return json.loads(done.stdout)


def better(best, new):
    if best is None or new is None:
        return best or new
    return {k: min(best[k], new[k], key=lambda x: x["us"]) if isinstance(new[k], dict) else new[k] for k in new}


def check(best, theirs, nunj):
    plain = lambda text: re.sub(r"\s+", "", text.replace("&#34;", "&quot;"))
    for page in PAGES:
        size = len(theirs[page]["text"].encode())
        if best[page]["bytes"] != size:
            sys.exit("%s: %d bytes, but jinja2 writes %d" % (page, best[page]["bytes"], size))
        ours, other = len(plain(theirs[page]["text"])), len(plain(nunj[page]["text"])) if nunj else 0
        if nunj and abs(other / ours - 1) > 0.05:
            print("%s: nunjucks writes %d characters only, jinja2 %d: it does less" % (page, other, ours), file=sys.stderr)


def main():
    program, values = sys.argv[1], data()
    best = theirs = nunj = None
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump(values, f)
        f.flush()
        for _ in range(3):
            done = subprocess.run([program, f.name] + FOLDERS, stdout=subprocess.PIPE, check=True)
            best = better(best, json.loads(done.stdout))
            theirs = better(theirs, jinja(values))
            nunj = better(nunj, nunjucks(f.name))
    check(best, theirs, nunj)
    result = {}
    for page in PAGES:
        ours = best[page]
        result[page] = {"bytes": ours["bytes"], "carafe_us": round(ours["us"], 2), "floor_us": round(ours["floor"], 2),
                        "jinja2_us": round(theirs[page]["us"], 1), "times": round(theirs[page]["us"] / ours["us"], 1),
                        "carafe_values": ours["values"], "carafe_allocations": ours["allocations"], "jinja2_peak": theirs[page]["values"]}
        if nunj:
            result[page].update(nunjucks_us=round(nunj[page]["us"], 1), nunjucks_times=round(nunj[page]["us"] / ours["us"], 1),
                                nunjucks_values=int(nunj[page]["values"]))
    result["table.html"]["by_hand_us"] = round(best["by hand"]["us"], 2)
    result["table.html"]["times_by_hand"] = round(best["table.html"]["us"] / best["by hand"]["us"], 2)
    if "--json" in sys.argv:
        print(json.dumps(result))
        return
    print("CPU microseconds a render, best of three; jinja2 %s%s" % (theirs["version"], ", nunjucks %s" % nunj["version"] if nunj else ""))
    print("%-15s %7s %9s %9s %10s %6s %10s %6s   %s" % ("page", "bytes", "copy+esc.", "carafe", "jinja2", "times", "nunjucks", "times",
                                                    "bytes of values: carafe (mallocs), jinja2, nunjucks"))
    for page, r in result.items():
        print("%-15s %7d %9.2f %9.2f %10.1f %6.1f %10s %6s   %d (%d), %d, %s" % (
            page, r["bytes"], r["floor_us"], r["carafe_us"], r["jinja2_us"], r["times"], r.get("nunjucks_us", "-"), r.get("nunjucks_times", "-"),
            r["carafe_values"], r["carafe_allocations"], r["jinja2_peak"], r.get("nunjucks_values", "-")))
    print("table.html by hand in C: %.2f us; carafe takes %.2f times that" % (result["table.html"]["by_hand_us"], result["table.html"]["times_by_hand"]))


if __name__ == "__main__":
    main()
