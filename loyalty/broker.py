"""The way to Redis as Celery's broker, mended: a worker outlives a Redis that froze.

A task that ends while Redis doesn't answer can't be acknowledged. The library then counts it as running for ever, and
a worker with as many of these as it may take at once takes nothing more, even when Redis is back. Tasks are wake-up
calls, so such a one is simply done with; Redis gives it out again when its visibility timeout ends.
"""

from typing import Any

from kombu.transport import redis, virtual


class _QoS(redis.QoS):
    """Counts what this worker has taken and not finished."""

    def ack(self, delivery_tag: Any) -> None:
        """Finished, whether Redis hears of it or not."""
        self._whether_heard(super().ack, delivery_tag)

    def reject(self, delivery_tag: Any, requeue: bool = False) -> None:
        """Given back, whether Redis hears of it or not."""
        self._whether_heard(super().reject, delivery_tag, requeue)

    def _whether_heard(self, tell: Any, delivery_tag: Any, *more: Any) -> None:
        try:
            tell(delivery_tag, *more)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


class _Channel(redis.Channel):
    """As the library's."""

    QoS = _QoS


class Transport(redis.Transport):
    """As the library's."""

    Channel = _Channel
