"""What each room promises, one class in one file a room."""

from loyalty.domain.verify.rooms.base import RoomChecks
from loyalty.lib.registry import Registry

ROOMS = Registry(__name__, RoomChecks)
