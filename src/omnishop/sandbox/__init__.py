"""One simulated world with a face for each platform.

`world` what there is · `clock` its time · `steps` how cases and orders move · `rules` what deadlines do ·
`seed` fills it · `face` what an adapter brings · `simulation` all of it answering · `server` on a port.
"""
