"""The only way to a write: intents written down before the call, read back after, never repeated in doubt.

`acting` an act from wish to proof · `desk` its steps and what stands behind them · `sending` the call and the
look after it · `chances` what may be done and why not · `ceilings` how much money may move ·
`book`, `intents`, `rows`, `rights` what is kept · `resolving` doubt settled by readings · `asking`, `raw`
questions and raw calls · `ledger` the whole for programs.
"""

from omnishop.ledger.acting import Preview
from omnishop.ledger.intents import Intent
from omnishop.ledger.ledger import AsyncLedger, Ledger
from omnishop.ledger.rights import Caps

__all__ = ["AsyncLedger", "Caps", "Intent", "Ledger", "Preview"]
