"""Rights by name and the book, on each kind of database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.engine.market import NOW

from omnishop.errors import ConfigError
from omnishop.store import Store
from omnishop.store.entitlements import EVERY_SHOP, SEE_PERSONS, Deed

HERE, THERE = ("market", "77"), ("market", "78")
LATER = NOW + timedelta(days=1)


def may(store, place, person="li"):
    try:
        store.entitlements.seen(person, place, "order:1", "asked", now=LATER)
    except ConfigError:
        return False
    return True


def test_nobody_may_see_until_somebody_gave_it(store):
    assert not may(store, HERE)
    assert store.audit.list() == [], "what was not shown is not written down as seen"
    store.entitlements.give("li", SEE_PERSONS, HERE, by="wang", now=NOW)
    assert (may(store, HERE), may(store, THERE), may(store, HERE, "zhao")) == (True, False, False)
    store.entitlements.give("zhao", SEE_PERSONS, EVERY_SHOP, by="wang", now=NOW)
    assert may(store, THERE, "zhao")
    assert store.entitlements.take("li", SEE_PERSONS, HERE, by="wang", now=LATER)
    assert not store.entitlements.take("li", SEE_PERSONS, HERE, by="wang", now=LATER)
    assert not may(store, HERE)


def test_the_book_says_who_when_and_why(store):
    store.entitlements.give("li", SEE_PERSONS, HERE, by="wang", now=NOW)
    store.entitlements.give("li", SEE_PERSONS, HERE, by="wang", now=NOW)
    store.entitlements.seen("li", HERE, "order:1", "asked", now=LATER)
    seen, *given = store.audit.list()
    assert seen == Deed(LATER, "li", "see", *HERE, "order:1", "asked")
    assert given == [Deed(NOW, "wang", "give see_persons", *HERE, "li")] * 2
    assert store.audit.list(since=LATER) == [seen]
    assert store.audit.list(shop_id="78") == []
    assert store.audit.list(limit=1) == [seen]


def test_what_cannot_be_written_down_is_not_shown(new_home):
    with Store.open(new_home) as store:
        store.entitlements.give("li", SEE_PERSONS, HERE, by="wang", now=NOW)
        with store.writing() as connection:
            connection.exec_driver_sql("DROP TABLE audit")
        with pytest.raises(Exception, match="audit"):
            may(store, HERE)
