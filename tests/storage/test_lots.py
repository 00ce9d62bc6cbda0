"""Numbers drawn in lots: never more than the limit, and none kept by a rank that has become slow."""

import threading

from hypersonde.storage.lots import Lots
from hypersonde.storage.transport import Threads


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_together_the_ranks_draw_exactly_the_limit():
    transports = Threads.ranks(4)
    drawn = [0] * 4

    def rank(i):
        lots = Lots(transports[i])
        while lots.draw(1, 1000, 1000 - sum(drawn)):
            drawn[i] += 1
        lots.give_back()

    threads = [threading.Thread(target=rank, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(drawn) == 1000


def test_while_draws_are_fast_the_counter_is_asked_seldom():
    transport, clock = Threads.ranks(1)[0], Clock()
    asked = []
    really = transport.draw
    transport.draw = lambda count, limit: (asked.append(count), really(count, limit))[1]
    lots = Lots(transport, clock)
    assert sum(lots.draw(1, 640, 640 - i) for i in range(640)) == 640
    assert lots.draw(1, 640, 0) == 0
    assert len(asked) < 25
    assert max(asked) <= 64


def test_a_rank_that_becomes_slow_gives_back_what_it_has_drawn_ahead():
    (a, b), clock = Threads.ranks(2), Clock()
    quick, other = Lots(a, clock), Lots(b, clock)
    for i in range(20):
        assert quick.draw(1, 100, 100 - i) == 1
    clock.now = 5.0
    assert quick.draw(1, 100, 80) == 1
    assert sum(other.draw(1, 100, 0) for _ in range(100)) == 79
    assert quick.draw(1, 100, 0) == 0


def test_another_limit_begins_anew():
    lots = Lots(Threads.ranks(1)[0], Clock())
    for _ in range(10):
        lots.draw(1, 10, 100)
    assert lots.draw(1, 10, 0) == 0
    assert sum(lots.draw(1, 15, 5) for _ in range(20)) == 5
