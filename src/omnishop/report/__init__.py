"""What the records come to: measures, warnings of penalties, alerts; the numbers stand in the packs.

`rows` what is read · `stored` out of the store · `tables` the merchant's own · `figures` sums that keep what is
not known · `setting` packs, nows, windows · `measures`, `people` every MET row · `penalties` PEN · `alerts`, `spikes`
ALR · `chance` the tests behind them · `overview` all of it.
"""
