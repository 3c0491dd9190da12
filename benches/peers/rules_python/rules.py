#!/usr/bin/env python3
"""Rule documents in plain Python: the peer that Writ's rule documents are compared with.

    rules.py document.json inputs.jsonl            one decision per line
    rules.py document.json inputs.jsonl --bench N  decide all inputs N times, print seconds per decision

It reads the same documents (as JSON; they must have passed `writ check`) and gives the same decisions. The document is
prepared once, with constants converted and patterns compiled, as one would write it by hand.
"""

import json
import re
import sys
import time
from fractions import Fraction

# --- units ---------------------------------------------------------------------------------------------------------

UNITS = {
    "length": {"m": 1, "nm": "1/1000000000", "um": "1/1000000", "mm": "1/1000", "cm": "1/100", "dm": "1/10", "km": 1000,
               "in": "127/5000", "ft": "381/1250", "yd": "1143/1250", "mi": "201168/125", "nmi": 1852},
    "area": {"m2": 1, "mm2": "1/1000000", "cm2": "1/10000", "km2": 1000000, "ha": 10000},
    "volume": {"l": 1, "ml": "1/1000", "m3": 1000},
    "mass": {"kg": 1, "ug": "1/1000000000", "mg": "1/1000000", "g": "1/1000", "t": 1000, "lb": "45359237/100000000",
             "oz": "45359237/1600000000"},
    "time": {"s": 1, "ns": "1/1000000000", "us": "1/1000000", "ms": "1/1000", "min": 60, "h": 3600, "d": 86400, "wk": 604800},
    "speed": {"m/s": 1, "km/h": "5/18", "mph": "1397/3125", "kn": "463/900"},
    "frequency": {"Hz": 1, "kHz": 1000, "MHz": 10**6, "GHz": 10**9},
    "energy": {"J": 1, "kJ": 1000, "Wh": 3600, "kWh": 3600000},
    "power": {"W": 1, "mW": "1/1000", "kW": 1000, "MW": 10**6},
    "data": {"bit": 1, "B": 8, "kB": 8 * 10**3, "MB": 8 * 10**6, "GB": 8 * 10**9, "TB": 8 * 10**12, "PB": 8 * 10**15,
             "KiB": 8 * 2**10, "MiB": 8 * 2**20, "GiB": 8 * 2**30, "TiB": 8 * 2**40, "PiB": 8 * 2**50},
    "data rate": {"bit/s": 1, "kbit/s": 10**3, "Mbit/s": 10**6, "Gbit/s": 10**9, "B/s": 8, "kB/s": 8 * 10**3,
                  "MB/s": 8 * 10**6, "GB/s": 8 * 10**9},
    "ratio": {"ratio": 1, "%": "1/100", "bp": "1/10000", "ppm": "1/1000000"},
    "temperature": {"K": 1, "degC": 1, "degF": "5/9"},
}
ZEROS = {"degC": Fraction("273.15"), "degF": Fraction("459.67")}
ALIASES = {"µm": "um", "µg": "ug", "µs": "us", "m²": "m2", "km²": "km2", "m³": "m3", "°C": "degC", "°F": "degF",
           "percent": "%"}


def conversion(source, target):
    """Factor and offset that turn a number in `source` into one in `target`; None if nothing changes."""
    source, target = ALIASES.get(source, source), ALIASES.get(target, target)
    if source == target:
        return None
    for scales in UNITS.values():
        if source in scales and target in scales:
            factor = Fraction(scales[source]) / Fraction(scales[target])
            return factor, ZEROS.get(source, 0) * factor - ZEROS.get(target, 0)
    raise ValueError(f"{source} and {target} do not measure the same")


QUANTITY = re.compile(r"\s*(-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)\s*(\S+)\s*$")


def plain(number):
    """A fraction as an int where it is one, otherwise as a float."""
    return int(number) if number == int(number) else float(number)


def constant(value, unit):
    if unit is None or not isinstance(value, str):
        return value
    number, source = QUANTITY.match(value).groups()
    change = conversion(source, unit)
    number = Fraction(number)
    return plain(number if change is None else number * change[0] + change[1])


# --- values --------------------------------------------------------------------------------------------------------

MISSING = object()
STEP = re.compile(r'"((?:[^"]|"")*)"|\[([0-9]+)\]|([^.\["]+)')


def steps(path):
    return [quoted.replace('""', '"') if quoted or not (index or key) else int(index) if index else key
            for quoted, index, key in STEP.findall(path)]


def lookup(path, value):
    for step in path:
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return MISSING
            value = value[step]
        elif isinstance(value, dict):
            value = value.get(step, MISSING)
            if value is MISSING:
                return MISSING
        else:
            return MISSING
    return value


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_string(value):
    return isinstance(value, str)


TYPES = {
    "string": is_string,
    "number": is_number,
    "integer": lambda value: is_number(value) and value == int(value),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def equal(a, b):
    """Equality that does not take True for 1."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    return a == b


def member(value, values):
    return any(equal(value, other) for other in values)


def ordered(*values):
    return all(map(is_number, values)) or all(map(is_string, values))


# --- conditions: True, False, "missing" or "type" ------------------------------------------------------------------

MISSING_OUTCOME, TYPE_OUTCOME = "missing", "type"


def contains(test, seen, wanted):
    if is_string(seen) and test.type != "array":
        return wanted in seen if is_string(wanted) else TYPE_OUTCOME
    if isinstance(seen, list) and test.type != "string":
        return member(wanted, seen)
    return TYPE_OUTCOME


COMPARE = {
    "==": lambda test, seen, wanted: equal(seen, wanted),
    "<": lambda test, seen, wanted: seen < wanted if ordered(seen, wanted) else TYPE_OUTCOME,
    "<=": lambda test, seen, wanted: seen <= wanted if ordered(seen, wanted) else TYPE_OUTCOME,
    ">": lambda test, seen, wanted: seen > wanted if ordered(seen, wanted) else TYPE_OUTCOME,
    ">=": lambda test, seen, wanted: seen >= wanted if ordered(seen, wanted) else TYPE_OUTCOME,
    "in": lambda test, seen, wanted: member(seen, wanted) if isinstance(wanted, list) else TYPE_OUTCOME,
    "between": lambda test, seen, wanted:
        wanted[0] <= seen <= wanted[1] if ordered(seen, *wanted) else TYPE_OUTCOME,
    "matches": lambda test, seen, wanted:
        test.pattern.search(seen) is not None if is_string(seen) else TYPE_OUTCOME,
    "contains": contains,
    "starts_with": lambda test, seen, wanted:
        seen.startswith(wanted) if is_string(seen) and is_string(wanted) else TYPE_OUTCOME,
    "ends_with": lambda test, seen, wanted:
        seen.endswith(wanted) if is_string(seen) and is_string(wanted) else TYPE_OUTCOME,
}
NEGATIONS = {"!=": "==", "not_in": "in", "not_between": "between", "not_matches": "matches", "not_contains": "contains"}


class Operand:
    """A constant, or a path with the conversion of what stands there."""

    def __init__(self, value, unit):
        self.path = self.value = self.change = None
        if isinstance(value, dict) and "path" in value:
            self.text = value["path"]
            self.path = steps(self.text)
            if "unit" in value:
                self.change = conversion(value["unit"], unit)
            self.numeric = unit is not None
        else:
            self.value = constant(value["constant"] if isinstance(value, dict) else value, unit)

    def raw(self, data):
        return self.value if self.path is None else lookup(self.path, data)

    def get(self, data):
        """The value in the parameter's unit, or an outcome."""
        if self.path is None:
            return self.value, None
        value = lookup(self.path, data)
        if value is MISSING:
            return None, MISSING_OUTCOME
        if self.numeric and not is_number(value):
            return None, TYPE_OUTCOME
        if self.change is not None:
            factor, offset = self.change
            value = value * factor.numerator / factor.denominator + float(offset)
        return value, None


class Test:
    def __init__(self, rule):
        self.param, self.operator = rule["param"], rule["operator"]
        self.path = steps(self.param)
        self.type, self.unit = rule.get("param_type"), rule.get("param_unit")
        self.unit = ALIASES.get(self.unit, self.unit)
        self.positive = NEGATIONS.get(self.operator, self.operator)
        self.compare = COMPARE.get(self.positive)
        self.operands, self.many = [], False
        value = rule.get("value")
        if self.positive in ("exists", "not_exists"):
            pass
        elif self.positive == "matches":
            self.pattern = re.compile(value)
            self.operands = [Operand(value, None)]
        elif self.positive == "between":
            self.operands, self.many = [Operand(bound, self.unit) for bound in value], True
        elif self.positive == "in" and isinstance(value, list):
            self.operands = [Operand([constant(item, self.unit) for item in value], None)]
        elif self.positive == "in":
            self.operands = [Operand({"path": value["path"]}, None)]
        else:
            self.operands = [Operand(value, self.unit)]
        self.paths = [operand.text for operand in self.operands if operand.path is not None]

    def tests(self):
        return [self]

    def missing(self, data):
        if self.positive in ("exists", "not_exists"):
            return []
        gone = [operand.text for operand in self.operands if operand.path is not None and operand.raw(data) is MISSING]
        return gone + [self.param] if lookup(self.path, data) is MISSING else gone

    def outcome(self, data):
        seen = lookup(self.path, data)
        presence = {"exists": True, "not_exists": False}.get(self.operator)
        if seen is MISSING:
            return MISSING_OUTCOME if presence is None else not presence
        wanted, problems = [], []
        for operand in self.operands:
            value, problem = operand.get(data)
            wanted.append(value)
            problems.append(problem)
        if MISSING_OUTCOME in problems:
            return MISSING_OUTCOME
        if self.type is not None and not TYPES[self.type](seen) or self.unit is not None and not is_number(seen):
            return TYPE_OUTCOME
        if presence is not None:
            return presence
        if TYPE_OUTCOME in problems:
            return TYPE_OUTCOME
        result = self.compare(self, seen, wanted if self.many else wanted[0])
        return not result if self.operator in NEGATIONS and result is not TYPE_OUTCOME else result

    def describe(self, outcome, data, out):
        out["param"], out["operator"] = self.param, self.operator
        if self.unit is not None:
            out["unit"] = self.unit
        seen = lookup(self.path, data)
        if seen is not MISSING:
            out["seen"] = seen
        if outcome is MISSING_OUTCOME:
            out["missing"] = sorted(set(self.missing(data)))
        if self.paths:
            out["wanted_path"] = self.paths if self.many else self.paths[0]
        if self.operands and not (self.paths and outcome is MISSING_OUTCOME):
            # A value of the wrong type is shown as it is.
            show = Operand.raw if outcome is TYPE_OUTCOME else lambda operand, data: operand.get(data)[0]
            wanted = [show(operand, data) for operand in self.operands]
            out["wanted"] = wanted if self.many else wanted[0]


class Composed:
    def __init__(self, name, parts):
        self.operator, self.parts = name, parts

    def tests(self):
        return [test for part in self.parts for test in part.tests()]

    def outcome(self, data):
        outcomes = [part.outcome(data) for part in self.parts]
        if self.operator == "not":
            return outcomes[0] if outcomes[0] in (MISSING_OUTCOME, TYPE_OUTCOME) else not outcomes[0]
        decisive = self.operator == "any"
        for outcome in (decisive, TYPE_OUTCOME, MISSING_OUTCOME):
            if outcome in outcomes:
                return outcome
        return not decisive


def condition(rule):
    for name in ("all", "any"):
        if name in rule:
            return Composed(name, [condition(part) for part in rule[name]])
    return Composed("not", [condition(rule["not"])]) if "not" in rule else Test(rule)


# --- documents -----------------------------------------------------------------------------------------------------

SEVERITIES = {"ERROR": 8, "WARNING": 5, "INFO": 2}
RESULTS = {True: "true", False: "false", MISSING_OUTCOME: "missing", TYPE_OUTCOME: "type"}


class Rule:
    def __init__(self, rule, document):
        self.condition = condition(rule)
        self.level = rule["level"]
        self.missing = rule.get("missing", document.get("missing", "violation"))
        self.severity = rule.get("severity_score", SEVERITIES[self.level])
        self.id = rule["id"]
        self.known = {"id": self.id, "message": rule["message"], "level": self.level, "severity": self.severity,
                      "operator": self.condition.operator}
        notes = {"domain": rule.get("domain", document.get("domain")), "hint": rule.get("xai_hint"),
                 "literature_ref": rule.get("literature_ref"), "rationale": rule.get("rationale")}
        self.known.update((key, note) for key, note in notes.items() if note is not None)

    def missing_paths(self, data):
        return sorted({path for test in self.condition.tests() for path in test.missing(data)})

    def violation(self, outcome, data):
        out = dict(self.known)
        out["reason"] = outcome if outcome in (MISSING_OUTCOME, TYPE_OUTCOME) else "condition"
        if isinstance(self.condition, Test):
            self.condition.describe(outcome, data, out)
            return out
        out["conditions"] = []
        for test in self.condition.tests():
            result = test.outcome(data)
            entry = {"result": RESULTS[result]}
            test.describe(result, data, entry)
            out["conditions"].append(entry)
        if outcome is MISSING_OUTCOME:
            out["missing"] = self.missing_paths(data)
        return out


class Document:
    def __init__(self, document):
        self.identity = {"id": document["id"], "version": document["version"]}
        self.stops = document.get("mode") == "first_error"
        rules = [Rule(rule, document) for rule in document["rules"]]
        self.rules = sorted(rules, key=lambda rule: -rule.severity)

    def decide(self, data):
        violations, unchecked, run, valid = [], [], 0, True
        for rule in self.rules:
            outcome = rule.condition.outcome(data)
            run += 1
            if outcome is True:
                continue
            if outcome is MISSING_OUTCOME and rule.missing != "violation":
                run -= rule.missing == "skip"
                unchecked.append({"id": rule.id, "setting": rule.missing, "missing": rule.missing_paths(data)})
                continue
            violations.append(rule.violation(outcome, data))
            if rule.level == "ERROR":
                valid = False
                if self.stops:
                    break
        return {"document": self.identity, "valid": valid, "violations": violations, "unchecked": unchecked,
                "rules_run": run}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        document = Document(json.load(file))
    with open(sys.argv[2], encoding="utf-8") as file:
        lines = file.read().splitlines()
    if len(sys.argv) > 4:
        inputs, rounds = [json.loads(line) for line in lines], int(sys.argv[4])
        start = time.perf_counter()
        for _ in range(rounds):
            for data in inputs:
                document.decide(data)
        print((time.perf_counter() - start) / rounds / len(inputs))
        return
    for line in lines:
        print(json.dumps(document.decide(json.loads(line)), ensure_ascii=False))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    main()
