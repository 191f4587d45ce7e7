"""What plugins add to the API, made from their descriptions: no code of theirs runs here.

core_types.py   the objects that fields may be added to, and what of them a plugin may read
values.py       the types of plugins, and their values as they come and go
fields.py       fields on objects, resolved for all objects of an answer at once
roots.py        queries and mutations
added.py        all of it together, with whose names are taken
"""
