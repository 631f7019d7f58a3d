#!/usr/bin/python3
# compare.py -- CPU per render: ours, python3-jinja2, and C that appends and escapes by hand.
"""Usage: compare.py BENCH_TEMPLATE [--json]

Both engines get the same templates and data, and must write the same bytes. Runs alternate three times; the
best of each is shown.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

FOLDER = os.path.dirname(os.path.abspath(__file__))
PAGES = ["fortunes.html", "table.html", "dashboard.html"]


def data():
    text = "<script>alert(\"This should not be displayed\");</script> a computer scientist & more"
    return {
        "site": "Carafe", "year": 2026, "user": {"name": "ann o'neill", "admin": True},
        "menu": [{"url": "/%d?a=1&b=2" % i, "text": "Item %d" % i, "active": i == 2} for i in range(6)],
        "fortunes": [{"id": i, "message": (text if i == 5 else "A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, フレームワーク %d" % i)} for i in range(12)],
        "rows": [{"id": i, "name": "Name %d" % i, "email": "user%d@example.com" % i, "amount": "%d.50" % i,
                  "note": "plain text of some length" if i % 10 else "5 < 6 & \"quoted\""} for i in range(1000)],
        "posts": [{"id": i, "title": "Post <%d>" % i, "slug": "post-%d" % i, "body": "Words and more words that go on. " * 8,
                   "tags": ["C", "Web", "Tag & %d" % i]} for i in range(20)],
        "notices": [{"level": i % 3 + 1, "text": "Notice %d" % i} for i in range(5)],
    }


def jinja(values):
    import jinja2
    env = jinja2.Environment(loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, auto_reload=False)
    out = {"version": jinja2.__version__}
    for page in PAGES:
        env.get_template(page).render(values)
        start, renders = time.process_time(), 0
        while time.process_time() - start < 1.0:
            text = env.get_template(page).render(values)
            renders += 1
        out[page] = {"us": (time.process_time() - start) * 1e6 / renders, "bytes": len(text.encode())}
    return out


def main():
    program = sys.argv[1]
    values = data()
    best, theirs = None, None
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump(values, f)
        f.flush()
        for _ in range(3):
            ours = json.loads(subprocess.run([program, f.name, FOLDER], stdout=subprocess.PIPE, check=True).stdout)
            other = jinja(values)
            best = ours if best is None else {k: min(best[k], ours[k], key=lambda x: x["us"]) for k in ours}
            theirs = other if theirs is None else {k: min(theirs[k], other[k], key=lambda x: x["us"]) if k in PAGES else other[k] for k in other}
    result = {page: {"carafe_us": round(best[page]["us"], 2), "jinja2_us": round(theirs[page]["us"], 2),
                     "times": round(theirs[page]["us"] / best[page]["us"], 1), "bytes": best[page]["bytes"],
                     "arena_bytes": best[page]["arena"]} for page in PAGES}
    result["table.html"]["by_hand_us"] = round(best["by hand"]["us"], 2)
    result["table.html"]["times_by_hand"] = round(best["table.html"]["us"] / best["by hand"]["us"], 2)
    for page in PAGES:
        if best[page]["bytes"] != theirs[page]["bytes"]:
            sys.exit("%s: %d bytes, but jinja2 writes %d" % (page, best[page]["bytes"], theirs[page]["bytes"]))
    if "--json" in sys.argv:
        print(json.dumps(result))
        return
    print("CPU per render in microseconds, best of three; jinja2 %s" % theirs["version"])
    for page, r in result.items():
        print("%-16s %7d bytes  carafe %9.2f  jinja2 %9.2f  %5.1f times  (%d bytes of values)%s" % (
            page, r["bytes"], r["carafe_us"], r["jinja2_us"], r["times"], r["arena_bytes"],
            "  by hand %.2f: %.2f times" % (r["by_hand_us"], r["times_by_hand"]) if "by_hand_us" in r else ""))


if __name__ == "__main__":
    main()
