"""Refund one case of a simulated shop through the ledger: switched on, tried dry, done once, refused twice."""

import tempfile
from datetime import timedelta
from pathlib import Path

from omnishop import NotAllowed, clock
from omnishop.acts import Ask, State, Subject, Verb
from omnishop.config import Home
from omnishop.engine.keep import keeper
from omnishop.engine.simulated import World, present, register
from omnishop.ledger import Ledger
from omnishop.model import Kind, Stage, aware, yuan_text
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation
from omnishop.store import Store

NOW = aware("2026-09-01T10:00:00")

simulation = Simulation.new(seed=7, orders=24, now=NOW)
with (
    Sandbox(simulation) as world,
    tempfile.TemporaryDirectory() as folder,
    Store.open(Home.find(Path(folder))) as store,
):
    stored = register(store, World.at(world.url), now=clock.now())
    douyin = next(shop for shop in stored if shop.storefront == "douyin")
    ledger = Ledger(store, now=present(), keep=keeper(store))
    with ledger.shop(douyin) as shop:
        cases = shop.cases(NOW - timedelta(days=30), NOW)
        case = next(each for each in cases if each.kind is Kind.CANCEL and each.stage is Stage.REQUESTED)
        asked = case.amounts.requested

        try:
            shop.agree(case.case_id)
        except NotAllowed as refused:
            print("before it is switched on:", *refused.keys)
        ledger.allow(douyin, "agree", acts_per_day=50)

        subject = Subject("case", case.case_id, case.source)
        (preview,) = ledger.preview(shop, subject, Verb.AGREE, Ask())
        print("dry run:", preview.call.method, [each.key for each in preview.plan.obstacles])

        outcome = shop.agree(case.case_id, amount=asked)
        print("done:", outcome.state, "by", outcome.by, "and now", outcome.record.stage)
        if outcome.state is State.UNKNOWN:  # never send it again: read back until it shows
            for intent_id in outcome.intents:
                print(ledger.resolve(ledger.book.get(intent_id), shop).state)

        try:
            shop.agree(case.case_id)
        except NotAllowed as refused:
            print("once more:", *refused.keys)
        for intent in ledger.book.list():
            print("written down:", intent.verb, yuan_text(intent.amount), intent.state)
