"""The way to Redis as Celery's broker, mended: a worker outlives a Redis that freezes or goes, whatever it holds at that moment.

A task that ends while Redis doesn't answer can't be acknowledged. The library counts it as running for ever then, and
a worker with as many of these as it may take at once takes nothing more, even when Redis is back. When Redis goes, the
channel is closed; giving tasks back or acknowledging them through it raises what Celery takes for an error of its own,
and ends the worker. Redis hands such tasks out again after the visibility timeout; ours are wake-up calls, which beat repeats.
"""

from typing import Any

import structlog
from kombu.transport import redis, virtual
from redis import RedisError

logger = structlog.get_logger(__name__)


class _QoS(redis.QoS):
    """Counts what this worker has taken and not finished."""

    def ack(self, delivery_tag: Any) -> None:
        """Finished, whether Redis hears of it or not."""
        self._whether_heard(super().ack, delivery_tag)

    def reject(self, delivery_tag: Any, requeue: bool = False) -> None:
        """Given back, whether Redis hears of it or not."""
        self._whether_heard(super().reject, delivery_tag, requeue)

    def restore_unacked_once(self, stderr: object = None) -> None:
        """Give tasks that aren't done back to Redis, if it is there."""
        try:
            super().restore_unacked_once(stderr)
        except (RedisError, OSError, AttributeError) as error:
            logger.warning("tasks_not_given_back", error=type(error).__name__)

    def _whether_heard(self, tell: Any, delivery_tag: Any, *more: Any) -> None:
        try:
            tell(delivery_tag, *more)
        except AttributeError as error:
            # So the library says that the channel is closed.
            virtual.QoS.ack(self, delivery_tag)
            logger.warning("task_not_acknowledged", error=type(error).__name__)
        except Exception:
            # Celery handles the errors of an open channel.
            virtual.QoS.ack(self, delivery_tag)
            raise


class _Channel(redis.Channel):
    """With the counting above."""

    QoS = _QoS


class Transport(redis.Transport):
    """What CELERY_BROKER_TRANSPORT names."""

    Channel = _Channel
