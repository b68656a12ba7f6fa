"""Who bears what: a loss in warehouse or on the way, and the freight of a return."""

from __future__ import annotations

from collections.abc import Iterator

from omnishop.model import Kind, ReasonClass, Text
from omnishop.policy.casefacts import Party, PromiseKind
from omnishop.policy.ground import RETURNS, Ground, in_force, names_goods
from omnishop.policy.service import Resolutions
from omnishop.policy.verdict import Burden


def burdens_of(ground: Ground, rules: Resolutions) -> tuple[Burden, ...]:
    return (*_liability(ground, rules), *_freight(ground, rules))


def _liability(ground: Ground, rules: Resolutions) -> Iterator[Burden]:
    known = ground.known
    if ground.cls in rules.warehouse.classes:
        proof = known.warehouse_proof
        if proof:
            why = Text("仓库已举证发货无误", "the warehouse has proven that it sent the right goods")
            yield Burden("RES-LIABILITY-WAREHOUSE", None, why)
        else:
            why = Text("仓库未举证, 由仓库担责", "the warehouse is liable unless it proves otherwise")
            missing = () if proof is False else ("known.warehouse_proof",)
            yield Burden("RES-LIABILITY-WAREHOUSE", rules.warehouse.without_proof, why, missing)
    if ground.cls in rules.carrier.classes:
        fault = known.carrier_fault
        if fault:
            why = Text("快递责任属实, 由快递承担", "the carrier is proven at fault and bears the cost")
            yield Burden("RES-LIABILITY-CARRIER", Party.CARRIER, why)
        elif fault is False:
            why = Text("快递无责, 由店铺承担", "the carrier is not at fault: the shop bears it")
            yield Burden("RES-LIABILITY-CARRIER", Party.SHOP, why)
        else:
            why = Text("快递责任尚未核定", "whether the carrier is at fault is not settled")
            yield Burden("RES-LIABILITY-CARRIER", None, why, ("known.carrier_fault",))


def _freight(ground: Ground, rules: Resolutions) -> Iterator[Burden]:
    """A promise of free returns wins; a claim of ours must be found true before the buyer is freed."""
    if ground.case.kind not in RETURNS and ground.case.kind is not Kind.REPAIR:
        return
    rule, row = "RES-RETURN-FREIGHT", rules.return_freight
    if any(
        each.what is PromiseKind.FREIGHT and in_force(each, ground) and names_goods(each, ground)
        for each in ground.facts.promises or ()
    ):
        yield Burden(rule, Party.SHOP, Text("店铺承诺包退货运费", "the shop promised free returns"))
        return
    party = row.payers.get(ground.cls)
    if party is None:
        why = Text("该类原因由谁承担运费未定", "who pays for this class is not settled")
        yield Burden(rule, None, why, ("case.reason",))
        return
    if ground.cls is ReasonClass.QUALITY and ground.known.confirmed is not True:
        if ground.known.confirmed is None:
            why = Text(
                "质量问题核实后由店铺承担, 核实前先垫付",
                "the shop bears it once the fault is confirmed; advanced until then",
            )
            yield Burden(rule, None, why, ("known.confirmed",))
        else:
            why = Text("质量问题不属实, 由买家承担", "no fault was found: the buyer bears it")
            yield Burden(rule, Party.BUYER, why)
        return
    severity = ground.known.severity
    carrier = row.carriers.get(severity) if severity is not None else None
    zh, en = (f", 快递: {carrier}", f"; carrier: {carrier}") if carrier else ("", "")
    who = Text("店铺", "the shop") if party is Party.SHOP else Text("买家", "the buyer")
    yield Burden(
        rule, party, Text(f"退货运费由{who.zh}承担并登记{zh}", f"{who.en} bears the freight, recorded{en}")
    )
