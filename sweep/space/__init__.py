"""What a search-space file says: the `Sweep` it defines, loaded, and what its space suggests, checked.

A file comes in; a `Sweep` and flat params go out. Nothing here trains or writes.
"""
