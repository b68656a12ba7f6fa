"""The repair pass mends what platforms send, and nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnishop.lenient import Repairs, repairs

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("broken", "meant"),
    [
        (b'{"memo":"two\nlines\tand \x01"}', {"memo": "two\nlines\tand \x01"}),
        (b'{"a":1,}', {"a": 1}),
        (b'{"a":[1,2, ]}', {"a": [1, 2]}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":"x,}","b":"\\",}"}', {"a": "x,}", "b": '",}'}),
        (b'{"a":"\xff"}', {"a": "\ufffd"}),
    ],
)
def test_what_platforms_send_is_mended(broken, meant):
    assert json.loads(repairs.mend(broken)) == meant


@given(json_values)
def test_whole_json_is_left_as_it_is(value):
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    try:
        body.decode()
    except UnicodeDecodeError:
        return
    assert json.loads(Repairs().mend(body)) == value


def test_repairs_are_counted():
    counter = Repairs()
    counter.mend(b"{}")
    counter.mend(b"{}")
    assert counter.count == 2
