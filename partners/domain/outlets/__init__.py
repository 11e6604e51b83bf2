"""Outlets one by one: as they are typed or sent in a file, when they are open, all of one partner's, what members report of them.

Enters: texts of people and files, which are checked before anything is written.
Hours are kept as written and read by the outlet's own clock.
"""
