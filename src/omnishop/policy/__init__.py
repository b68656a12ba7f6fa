"""Judgement: pure functions of facts, a pack and a moment; the packs are data.

`layers` packs read and joined · `pack` their shape · `shipped` those that come along · `conditions` a shop's own ·
`facts` what is judged, `chat` out of messages · `workdays`, `timetable` counting · `clocks`, `loss`, `explain` what
is due, in what order, and why · `classes` reasons, `confusion` how well · `wording`, `templates`, `promises` texts to
buyers · `rules` what is carried.
"""
