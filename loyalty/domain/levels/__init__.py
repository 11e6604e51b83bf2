"""Rungs that tokens and turnover reach: rules by date, the history of members, tokens.

Enters: facts of members with their dates; a late fact changes the history, never what was posted.
Tokens are given and taken back through `post_tokens` alone.
"""

from loyalty.domain.levels.effect import LadderEffect, effect_of
from loyalty.domain.levels.held import LevelHeld, ask_held, held_at, held_by, read_held
from loyalty.domain.levels.history import counted_at, load_facts, mark_level_up_seen, override_level, recalculate, recalculate_all, settle_due
from loyalty.domain.levels.ladders import LadderDraft, RungDraft, every_level, ladder_in_force, load_ladders, publish_ladder
from loyalty.domain.levels.tokens import TokenPosting, post_tokens

__all__ = [
    "LadderDraft",
    "LadderEffect",
    "LevelHeld",
    "RungDraft",
    "TokenPosting",
    "ask_held",
    "counted_at",
    "effect_of",
    "every_level",
    "held_at",
    "held_by",
    "ladder_in_force",
    "load_facts",
    "load_ladders",
    "mark_level_up_seen",
    "override_level",
    "post_tokens",
    "publish_ladder",
    "read_held",
    "recalculate",
    "recalculate_all",
    "settle_due",
]
