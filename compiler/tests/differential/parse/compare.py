#!/usr/bin/env python3
"""Compares syntax trees and errors with OPA's, text by text.

usage: compare.py OPA_DUMP OUR_DUMP < texts.jsonl      (one JSON string per line)

OPA_DUMP is main.go of this folder, built in a Go module that requires OPA; OUR_DUMP is `cargo build --example parse_dump`.
Each text is read as a module (with a package in front if it has none) and as a query, in each dialect.
A text agrees if both accept it with the same tree, places included, or if OPA's errors are the first of ours.
"""
import json, re, subprocess, sys

# Known differences, all on purpose: literals of an unbraced `else` and heads of chained v0 bodies keep their own place;
# an operand of `not` has one; a reference in parentheses begins at them; `1 + 2 = x` does not define a function `plus`.
PLACE = re.compile(r"@(\?|\d+:\d+)")


def requests(texts):
    for text in texts:
        lines = [l for l in text.lstrip().split("\n") if l and not l.startswith("#")]
        module = text if lines and lines[0].lstrip().startswith("package") else "package x\n" + text
        for version in (1, 0, 2):
            yield {"text": module, "version": version, "query": False}
        if module != text:
            for version in (1, 0, 2):
                yield {"text": text, "version": version, "query": True}


def run(command, lines):
    done = subprocess.run([command], input="\n".join(lines) + "\n", stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.split("\n")


def fold(errors):
    """OPA says `illegal token` again after having said what is wrong with it, and bad escapes one by one; we do not."""
    kept = []
    for e in errors:
        place, message = e.split(" ", 1)
        if message == "illegal token" and any(k.split(" ", 1)[0] == place for k in kept):
            continue
        if e not in kept:
            kept.append(e)
    return kept


def agrees(request, opa, ours):
    # What OPA leaves to its callers, we report at once.
    if opa == "ok []" and "empty query cannot be compiled" in ours:
        return True
    # Statements within queries are words to us.
    if request["query"] and any(word in request["text"] for word in ("import", "package")):
        return True
    if opa.startswith("errors ") and ours.startswith("errors "):
        want, have = fold(json.loads(opa[7:])), json.loads(ours[7:])
        return have[: len(want)] == want
    return opa == ours


def main():
    texts = [json.loads(l) for l in sys.stdin if l.strip()]
    all_requests = list(requests(texts))
    lines = [json.dumps(r) for r in all_requests]
    opa, ours = run(sys.argv[1], lines), run(sys.argv[2], lines)
    n_ok = n_err = n_places = n_bad = 0
    for request, a, b in zip(all_requests, opa, ours):
        if agrees(request, a, b):
            if a.startswith("ok"):
                n_ok += 1
            else:
                n_err += 1
        elif a.startswith("ok") and PLACE.sub("", a).rstrip() == PLACE.sub("", b).rstrip():
            n_places += 1
        else:
            n_bad += 1
            print(json.dumps(request), "\n  opa: ", a, "\n  ours:", b)
    print(f"{n_ok} trees agree, {n_err} errors agree, {n_places} places differ, {n_bad} differ", file=sys.stderr)


main()
