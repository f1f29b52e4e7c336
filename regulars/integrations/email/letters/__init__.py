"""From blocks to the bytes of one mail. Pure: no rows, no clock, no network.

``blocks`` are what a person writes; ``letter`` compiles them once; ``message`` merges them for each
recipient; ``signing`` signs. Only ``letter``, ``message``, ``blocks`` and ``signing`` are meant for callers.
"""
