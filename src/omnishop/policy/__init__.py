"""Judgement: pure functions of facts, a pack and a moment; the packs are data.

Packs: `layers` read and joined · `pack`, `service`, `measures`, `talking` their shape · `misfits` what does not
fit · `shipped` those that come along · `conditions` a shop's own, by `names` · `rules` what is carried.
Cases: `casefacts` what is known, `derive` what follows, `reading` as JSON · `judge` -> `verdict`, by way of
`ground`, `eligibility`, `taken`, `own` (the shop's), `wants`, `remedies`, `burdens`, `doubt`, `assent`, `options`,
`running` · `explain`, `account` in words.
Clocks: `facts` of one subject, `chat` out of messages · `workdays`, `timetable` counting · `clocks`, `loss` what
is due, and in what order.
Words: `classes` reasons, `confusion` how well · `wording`, `plainness`, `templates`, `promises`, `progress`,
`care`, `questions` texts to and of buyers.
In all of them: `answers`, `labels` the words · `rows`, `spans`, `phrases`, `expected` what packs are written with.
"""
