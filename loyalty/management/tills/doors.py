"""An open-loop load: customers arrive by the clock, at random intervals of a mean, whether or not the last was served.

A load that waits for each answer before it sends the next call slows down with the server and reports the latency of
the few calls that it made (coordinated omission). Here a call is late from the moment its customer arrived.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from loyalty.management.tills.figures import Figures
from loyalty.management.tills.shop import MIX, Shop

_CLERKS = (8, 128)


def open_doors(
    shops: Sequence[Shop], figures: Figures, *, rate: float, seconds: float, seed: int, stop: threading.Event, tell: Callable[[float], None]
) -> float:
    """Let customers come for so many seconds, and serve all of them. Returns how long it took (seconds).

    `stop` closes the doors; whoever is inside is served. `tell` gets the seconds since the doors opened, now and then.
    """
    chance = random.Random(seed)
    weights = [weight for weight, _visit in MIX]
    visits = [visit for _weight, visit in MIX]
    clerks = max(_CLERKS[0], min(_CLERKS[1], int(rate)))
    began = time.monotonic()
    arrives = began + chance.expovariate(rate)
    with ThreadPoolExecutor(clerks, thread_name_prefix="till") as pool:
        while arrives < began + seconds and not stop.is_set():
            delay = arrives - time.monotonic()
            if delay > 0:
                tell(time.monotonic() - began)
                if stop.wait(delay):
                    break
            (visit,) = chance.choices(visits, weights)
            pool.submit(_serve, figures, visit, chance.choice(shops), random.Random(chance.getrandbits(64)), arrives)
            arrives += chance.expovariate(rate)
        pool.shutdown(wait=True, cancel_futures=stop.is_set())
    return time.monotonic() - began


def _serve(figures: Figures, visit: Callable[[Shop, random.Random, float], None], shop: Shop, chance: random.Random, due: float) -> None:
    try:
        visit(shop, chance, due)
        figures.visit()
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        # An answer without a part that docs/api.md promises.
        figures.fault(f"{shop.name}: an answer that can't be read ({type(error).__name__}: {error})")
