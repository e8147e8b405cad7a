"""The figures of a study, one module each: a study's analysis comes in, a `Drawing` goes out. plotly only here.

What they have in common is in `style` (colours, text made harmless), `axis` (scores in their unit) and `drawn` (which
trials are drawn where there are thousands). `gallery` knows them all by their names.
"""
