"""A worker's way to Redis: what couldn't be acknowledged doesn't count as running for ever."""

import contextlib
from typing import Any

import pytest
from kombu import Connection, Consumer, Queue
from kombu.message import Message

from loyalty.broker import Transport
from tests.load.cluster import redis_server

pytestmark = [pytest.mark.redis]
QUEUE = Queue("work")


def test_a_task_that_ends_while_redis_is_frozen_makes_room_for_the_next() -> None:
    taken: list[Message] = []
    with contextlib.ExitStack() as stack:
        server = redis_server(stack)
        link = stack.enter_context(Connection(f"redis://127.0.0.1:{server.port}/0", transport=Transport, transport_options={"socket_timeout": 0.5}))
        channel: Any = link.channel()
        consumer = stack.enter_context(Consumer(channel, [QUEUE], callbacks=[lambda _body, message: taken.append(message)]))
        consumer.qos(prefetch_count=1)
        for number in range(2):
            link.Producer().publish({"number": number}, routing_key="work", declare=[QUEUE])
        link.drain_events(timeout=5)
        assert [message.payload["number"] for message in taken] == [0]
        assert not channel.qos.can_consume()
        server.freeze()
        with pytest.raises(link.connection_errors):
            taken[0].ack()
        server.thaw()
        assert channel.qos.can_consume()
        link.drain_events(timeout=5)
        assert [message.payload["number"] for message in taken] == [0, 1]
