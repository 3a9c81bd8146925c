"""Checks logged Google requests against Google's own description of its API.

The description is the discovery document that the PyPI package google-api-python-client ships. Requests are entries of the
simulator's request log (GET /control/requests).
"""

import importlib.util
import json
import pathlib
import re

PREFIX = "/calendar/v3/"


def load_document():
    """Calendar v3 as shipped in the package; the package itself is not imported."""
    spec = importlib.util.find_spec("googleapiclient")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package google-api-python-client is not installed")
    path = pathlib.Path(spec.submodule_search_locations[0]) / "discovery_cache/documents/calendar.v3.json"
    return json.loads(path.read_text(encoding="utf-8"))


def _methods(document):
    for resource in document["resources"].values():
        for method in resource.get("methods", {}).values():
            pattern = "".join(
                "[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]*\})", method["path"])
            )
            yield method, re.compile(pattern)


def _find_method(document, request):
    if not request["path"].startswith(PREFIX):
        return None
    rest = request["path"][len(PREFIX) :]
    for method, pattern in _methods(document):
        if method["httpMethod"] == request["method"] and pattern.fullmatch(rest):
            return method
    return None


def _check_scalar(name, rule, text):
    kind = rule.get("type")
    if kind == "boolean" and text not in ("true", "false"):
        return f"{name}: {text!r} is not true or false"
    if kind == "integer":
        if not re.fullmatch(r"-?\d+", text):
            return f"{name}: {text!r} is not an integer"
        if "minimum" in rule and int(text) < int(rule["minimum"]):
            return f"{name}: {text} is below {rule['minimum']}"
        if "maximum" in rule and int(text) > int(rule["maximum"]):
            return f"{name}: {text} is above {rule['maximum']}"
    if "enum" in rule and text not in rule["enum"]:
        return f"{name}: {text!r} is none of {', '.join(rule['enum'])}"
    return None


def _check_query(document, method, query):
    rules = {name: rule for name, rule in method.get("parameters", {}).items() if rule["location"] == "query"}
    known = document["parameters"] | rules
    for name, value in query.items():
        if name not in known:
            yield f"unknown query parameter {name}"
            continue
        values = value if isinstance(value, list) else [value]
        if len(values) > 1 and not known[name].get("repeated"):
            yield f"query parameter {name} given {len(values)} times"
        for text in values:
            problem = _check_scalar(f"query parameter {name}", known[name], text)
            if problem:
                yield problem
    for name, rule in rules.items():
        if rule.get("required") and name not in query:
            yield f"query parameter {name} is missing"


_TYPES = {"string": str, "boolean": bool, "integer": int, "number": (int, float), "object": dict, "array": list}


def _check_value(document, schema, value, where):
    if "$ref" in schema:
        schema = document["schemas"][schema["$ref"]]
    if value is None:  # PATCH clears with null
        return
    kind = schema.get("type", "any")
    if kind == "any":
        return
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        yield f"{where}: is no {kind}"
        return
    if kind == "array":
        for index, item in enumerate(value):
            yield from _check_value(document, schema["items"], item, f"{where}[{index}]")
    if kind == "object":
        for name, item in value.items():
            inner = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
            if inner is None:
                yield f"{where}: unknown field {name}"
            else:
                yield from _check_value(document, inner, item, f"{where}.{name}")


def _check_request(document, request):
    method = _find_method(document, request)
    if method is None:
        yield "no such method"
        return
    yield from _check_query(document, method, request.get("query") or {})
    body = request.get("body")
    if body is not None and "request" not in method:
        yield "takes no body"
    if body is not None and "request" in method:
        yield from _check_value(document, method["request"], body, "body")
    if body is None and "request" in method:
        yield "has no body"


def check_requests(requests, document=None):
    """One line per problem, naming the request by its number; an empty list if all Google requests are as described."""
    document = document or load_document()
    return [
        f"request {request['n']} {request['method']} {re.sub(r'[^/]+@[^/]+', '…', request['path'])}: {problem}"
        for request in requests
        if request.get("system") == "google"
        for problem in _check_request(document, request)
    ]
