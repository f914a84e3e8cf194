"""What schemathesis needs beyond the document: ids that exist, our check of unknown methods, and a count of its work.

FLOWPLANE_SEEDS names a JSON file with texts by format; FLOWPLANE_TALLY one to which is written, by operation, how
often each status was answered. Both are set by openapi.external.spec.ts.
"""

import atexit
import json
import os
from collections import Counter, defaultdict
from pathlib import Path
from threading import Lock

import schemathesis
from hypothesis import strategies as st

SEEDS = json.loads(Path(os.environ["FLOWPLANE_SEEDS"]).read_text())
TALLY = Path(os.environ["FLOWPLANE_TALLY"])

for name, texts in SEEDS.items():
    schemathesis.openapi.format(name, st.sampled_from(texts))

_lock = Lock()
_answers: dict[str, Counter] = defaultdict(Counter)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Identity headers of a gateway are believed as they come: no value of them is an invalid credential."""
    schemes = raw_schema["components"]["securitySchemes"]
    gateway = {name for name in schemes if name.startswith("gateway")}
    for name in gateway:
        del schemes[name]
    for methods in raw_schema["paths"].values():
        for operation in methods.values():
            operation["security"] = [one for one in operation["security"] if not gateway & one.keys()]


@schemathesis.hook
def after_call(context, case, response):
    with _lock:
        _answers[f"{case.operation.method.upper()} {case.operation.path}"][response.status_code] += 1


def _can_be_kept(value):
    """Whether flows-api 1.5 lets a body have it: no schema can say so of members that it does not name."""
    if isinstance(value, dict):
        return all(map(_can_be_kept, value)) and all(map(_can_be_kept, value.values()))
    if isinstance(value, list):
        return all(map(_can_be_kept, value))
    if isinstance(value, str):
        return "\0" not in value
    return isinstance(value, bool) or not isinstance(value, int) or abs(value) <= 2**53


@schemathesis.hook
def filter_body(context, body):
    return _can_be_kept(body)


@schemathesis.check
def unknown_method_is_no_route(ctx, response, case):
    """404 NO_ROUTE for every method that a path does not have, in place of `unsupported_method`."""
    sent = response.request.method.lower()
    if sent == case.operation.method.lower() or sent in case.operation.schema.raw_schema["paths"][case.operation.path]:
        return
    assert response.status_code == 404, f"{sent.upper()} answered {response.status_code}, expected 404"
    if sent != "head":
        assert response.json()["code"] == "NO_ROUTE"


@schemathesis.check
def refusal_is_listed(ctx, response, case):
    """The schema of a refusal has every code of its status; which of them an operation has, it lists itself. Routes of
    templates refuse with a text and no code."""
    sent = response.request.method.lower()
    if sent != case.operation.method.lower():
        return
    listed = case.operation.definition.raw.get("x-problem-codes", {})
    codes = listed.get(str(response.status_code))
    if codes is not None:
        assert response.json()["code"] in codes, f"{response.json()['code']} is not among {codes}"


@atexit.register
def write_tally():
    TALLY.write_text(json.dumps({operation: dict(counts) for operation, counts in _answers.items()}))
