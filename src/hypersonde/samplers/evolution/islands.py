"""Islands: several searches side by side in one history, between which good trials move now and then."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import numpy as np

from hypersonde.errors import InvalidInput, NothingToSuggest, unknown
from hypersonde.samplers.base import Sampler, Suggestion
from hypersonde.samplers.distinct import distinct
from hypersonde.samplers.evolution.archipelago import Archipelago
from hypersonde.samplers.evolution.emigration import POLICIES
from hypersonde.samplers.evolution.genetic import GA
from hypersonde.samplers.evolution.steps import check_share
from hypersonde.samplers.evolution.topology import Matrix
from hypersonde.samplers.evolution.topology import topology as matrix
from hypersonde.trials import History, references, rewritten

__all__ = ["Islands"]


class Islands(Sampler):
    """Several searches, each of which sees only its own trials and those that came over from others.

    Whoever asks is served from the island that lags behind its size most; with a probability, the new trial's record
    then also says that some trials of this island go to its neighbours. A migration so is a matter of record: it is
    read off the log and needs neither agreement nor messages of its own. E. Alba and M. Tomassini, Parallelism and
    evolutionary algorithms, IEEE Transactions on Evolutionary Computation 6(5), 2002.

    Parameters
    ----------
    islands : how many; the number of `sizes` or of `samplers` when those say more.
    samplers : what searches on each island, in turn; by default `GA` on all.
    sizes : shares of the evaluations; all the same by default.
    topology : ``ring``, ``star``, ``full``, ``none``, or a matrix (also as JSON): how many trials go from the island of
        the row to that of the column in one migration.
    migration_prob : probability of a migration from an island when a trial is bred there.
    exchange : ``copy``, so that those who go stay at home too (pollination), or ``move``: they are gone there, and a
        sampler that remembers more than the best (`Sampler.forgets`) begins anew from the trials that remain.
    emigration : who goes: ``best``, ``worst`` or ``uniform``, of those with a result who have not been there.
    immigration : whom a newcomer replaces: ``none``, or one of those words. A sampler that keeps the best anyway needs
        no more than ``none``; otherwise those who are replaced are gone as if they had moved.

    Raises
    ------
    InvalidInput : no island, a size that is not positive, a topology or a policy that is none.
    """

    name: ClassVar[str] = "islands"

    def __init__(
        self,
        islands: int = 4,
        samplers: Sequence[Sampler] = (),
        *,
        sizes: Sequence[float] = (),
        topology: str | Sequence[Sequence[int]] = "ring",
        migration_prob: float = 0.1,
        exchange: str = "copy",
        emigration: str = "best",
        immigration: str = "none",
    ) -> None:
        number = max(islands, len(sizes), len(samplers)) if islands > 0 else 0
        if number < 1:
            raise InvalidInput(f"islands: got {islands!r}, expected at least 1.")
        if sizes and (len(sizes) != number or not all(size > 0 for size in sizes)):
            raise InvalidInput(f"sizes: got {list(sizes)!r}, expected {number} numbers above 0.")
        check_share("migration_prob", migration_prob)
        for word in {emigration, immigration} - {"none"} | {emigration}:
            if word not in POLICIES:
                raise unknown("policy of migration", word, POLICIES)
        if exchange not in ("copy", "move"):
            raise unknown("exchange between islands", exchange, ("copy", "move"))
        chosen = tuple(samplers) or (GA(),)
        self.samplers = tuple(chosen[i % len(chosen)] for i in range(number))
        self.sizes = np.array(sizes or [1.0] * number, dtype=np.float64)
        self._sizes: list[float] = self.sizes.tolist()
        self.topology: Matrix = matrix(topology, number)
        self.migration_prob, self.exchange = migration_prob, exchange
        self.emigration, self.immigration = emigration, immigration
        self._known: WeakKeyDictionary[History, Archipelago] = WeakKeyDictionary()

    @property
    def order_matters(self) -> str:  # type: ignore[override]
        """Why the order of arrival matters: because it does to some island's sampler."""
        return next((s.order_matters for s in self.samplers if s.order_matters), "")

    def planned(self, max_evals: int) -> Islands:
        """The same islands, each with the sampler planned for its share of the trials."""
        shares = self.sizes / self.sizes.sum()
        pairs = zip(self.samplers, shares.tolist(), strict=True)
        planned = copy.copy(self)
        planned.samplers = tuple(sampler.planned(round(max_evals * share)) for sampler, share in pairs)
        planned._known = WeakKeyDictionary()
        return planned

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        """Suggestions of one island or several, `count` in all.

        Raises
        ------
        NothingToSuggest : no island has anything new to try.
        """
        archipelago = self.archipelago(history)
        shares = self._shares(archipelago, count, rng)
        made: list[Suggestion] = []
        complaint: NothingToSuggest | None = None
        for i, share in shares.items():
            try:
                found = self.samplers[i].suggest(archipelago.islands[i].part, share, rng)
            except NothingToSuggest as error:
                complaint = error
                continue
            made += [self._bred(history, archipelago, i, suggestion, rng) for suggestion in found]
        if not made and complaint is not None:
            made = self._elsewhere(history, archipelago, complaint, rng)
        return list(_different(history, made, rng))

    def archipelago(self, history: History) -> Archipelago:
        """The islands as the history tells of them; only to be read."""
        known = self._known.get(history)
        if known is None:
            known = Archipelago(history, self.samplers, self.sizes.tolist(), self.exchange == "move")
            self._known[history] = known
        known.advance(history)
        return known

    def _shares(self, archipelago: Archipelago, count: int, rng: np.random.Generator) -> dict[int, int]:
        """How many each island breeds: whoever lags behind its size most, one by one; chance among equals."""
        filled = [island.born / size for island, size in zip(archipelago.islands, self._sizes, strict=True)]
        shares: dict[int, int] = {}
        for _ in range(count):
            least = min(filled)
            last = [i for i, share in enumerate(filled) if share == least]
            i = last[int(rng.random() * len(last))] if len(last) > 1 else last[0]
            filled[i] += 1.0 / self._sizes[i]
            shares[i] = shares.get(i, 0) + 1
        return dict(sorted(shares.items()))

    def _elsewhere(
        self, history: History, archipelago: Archipelago, complaint: NothingToSuggest, rng: np.random.Generator
    ) -> list[Suggestion]:
        """One suggestion of any island, when those whose turn it is have nothing left."""
        for i, (sampler, island) in enumerate(zip(self.samplers, archipelago.islands, strict=True)):
            try:
                return [self._bred(history, archipelago, i, sampler.suggest(island.part, 1, rng)[0], rng)]
            except NothingToSuggest:
                continue
        raise complaint

    # -- what is recorded ----------------------------------------------------------------------------

    def _bred(
        self, history: History, archipelago: Archipelago, i: int, suggestion: Suggestion, rng: np.random.Generator
    ) -> Suggestion:
        members = archipelago.islands[i].part.members
        why = rewritten(suggestion.why, lambda word: str(members[int(word)]))
        gone = self._migration(history, archipelago, i, rng) if rng.random() < self.migration_prob else {}
        return Suggestion(suggestion.config, {"island": i, **why, **gone})

    def _migration(
        self, history: History, archipelago: Archipelago, i: int, rng: np.random.Generator
    ) -> Mapping[str, Any]:
        """Who goes where from island i, and in whose stead, as entries of a record; empty when nobody can go."""
        goes: list[int] = []
        to: list[int] = []
        replaced: list[int] = []
        for j in np.flatnonzero(self.topology[i]).tolist():
            there = archipelago.islands[j]
            taken: Set[int] = set() if self.exchange == "copy" else set(goes)
            chosen = archipelago.islands[i].first(self.emigration, int(self.topology[i, j]), rng, there, taken)
            goes += chosen
            to += [j] * len(chosen)
            if self.immigration != "none":
                replaced += there.first(self.immigration, len(chosen), rng)
        if not goes:
            return {}
        why = {"migrants": references(goes), "to": " ".join(map(str, to)), "seen": history.finished}
        return {**why, "replaced": references(replaced)} if replaced else why


def _different(history: History, made: Sequence[Suggestion], rng: np.random.Generator) -> Iterator[Suggestion]:
    """Of suggestions that several islands made, each configuration once; others are drawn in the place of repeats."""
    if len(made) == 1:
        yield made[0]
        return
    encoding = history.problem.encoding
    seen: set[bytes] = set()
    keys = encoding.keys(encoding.encode([suggestion.config for suggestion in made]))
    repeats = len(keys) - len(set(keys))
    for suggestion, key in zip(made, keys, strict=True):
        if key not in seen:
            seen.add(key)
            yield suggestion
    if repeats:
        try:
            X = distinct(history, repeats, lambda n: encoding.sample(n, rng), seen)
        except NothingToSuggest:
            return
        islands = [suggestion.why["island"] for suggestion in made]
        for i, config in enumerate(encoding.decode(X)):
            yield Suggestion(config, {"island": islands[i % len(islands)]})
