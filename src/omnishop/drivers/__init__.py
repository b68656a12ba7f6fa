"""The only code that calls a platform.

`exchange` one call as steps, written once · `sync` and `aio` carry the steps out · `wire` limits and faults of
HTTP · `tokens` tokens in memory · `channel` carries a queue's socket · `budgets` the law of quotas ·
`limits` who may send.
"""
