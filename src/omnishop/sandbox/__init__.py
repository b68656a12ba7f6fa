"""One simulated world with a face for each platform.

`records` what there is, `world` all of it · `clock` its time, `agenda` what falls due · `law`, `steps`, `effects`,
`orders` how cases and orders move · `rules` what deadlines do · `buyers`, `script`, `hand` what buyers do · `faults`,
`struck` what goes wrong · `seed` fills it · `face` what an adapter brings · `simulation` all of it answering ·
`transport` in process, `server` on a port, `control` the door beside.
"""
