"""Quests and levels."""

from django.urls import path

from quests.views import level, quests

urlpatterns = [
    path("quests/", quests.quests, name="quests"),
    path("quests/<slug:slug>/", quests.quest, name="quest"),
    path("quests/<slug:slug>/take/", quests.take, name="quest_take"),
    path("quests/<slug:slug>/code/", quests.enter_code, name="quest_code"),
    path("quests/<slug:slug>/answer/", quests.answer, name="quest_answer"),
    path("level/", level.level, name="level"),
    path("level/seen/", level.seen, name="level_seen"),
    path("level/tile/", level.tile, name="level_tile"),
]
