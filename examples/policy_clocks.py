"""When is an application due, for the platform and for us, and why then?"""

from omnishop.model import Consequence, Deadline, Favours, Fen, Kind, aware
from omnishop.policy.clocks import earliest, timekeeper
from omnishop.policy.explain import explained
from omnishop.policy.facts import Facts, Happening, Subject
from omnishop.policy.shipped import shipped

applied, now = aware("2026-01-30T22:00:00"), aware("2026-01-31T21:00:00")
facts = Facts(
    Subject.CASE,
    "5001",
    kind=Kind.RETURN_REFUND,
    amount=Fen(29_900),
    deadline=Deadline(aware("2026-02-01T22:00:00"), Consequence.AGREES, Favours.BUYER),
    happened={Happening.APPLIED: applied, Happening.RESPONDED: None, Happening.DECIDED: None},
)
keeper = timekeeper(shipped().of("douyin", at=applied))
clocks = keeper.clocks(facts, now)
first = earliest(clocks)
for clock in clocks:
    if clock.due_at is not None:
        print("->" if clock is first else "  ", *explained(clock, keeper, "en"), sep="\n   ")
