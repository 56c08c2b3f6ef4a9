# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""What comes out: rows of a figure beside its peer's from the same rounds, as a table and as JSON."""

import json
import math
import operator
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from measuring import Series


@dataclass(frozen=True)
class Limit:
    """What the project aims at: "≤ 0.40"."""

    sign: str
    value: float

    def met_by(self, figure: float) -> bool:
        compare: Callable[[float, float], bool] = operator.le if self.sign == "≤" else operator.ge
        return compare(figure, self.value)

    def __str__(self) -> str:
        return f"{self.sign} {self.value:g}"


def at_most(value: float) -> Limit:
    return Limit("≤", value)


def at_least(value: float) -> Limit:
    return Limit("≥", value)


@dataclass(frozen=True)
class Measure:
    """A figure of a sample. With `base_key` it is set against another figure of the base's sample."""

    key: str
    title: str
    scale: float = 1.0  # from the sample's unit to the title's
    limit: Limit | None = None  # for the module's lane
    base_key: str = ""


@dataclass(frozen=True)
class Row:
    """One line. Without a base the figure itself is what is judged."""

    scenario: str
    subject: str
    measure: str
    figure: float  # median
    base: str = ""
    base_figure: float = math.nan
    ratio: float = math.nan  # the median of the rounds' ratios, which is not the ratio of the medians
    lowest: float = math.nan
    highest: float = math.nan
    limit: Limit | None = None

    @property
    def verdict(self) -> str:
        """Whether the limit is met; "within spread" if only some rounds met it."""
        if self.limit is None:
            return ""
        if self.limit.met_by(self.ratio if self.base else self.figure):
            return "met"
        near = self.base and (self.limit.met_by(self.lowest) or self.limit.met_by(self.highest))
        return "within spread" if near else "missed"


def compared(scenario: str, series: Series, base: str, measures: Sequence[Measure], ours: str = "module") -> list[Row]:
    """A row for each measure and each lane but the base. Limits apply to the lane named `ours`."""
    rows = []
    for subject in series:
        for measure in measures if subject != base else ():
            figures = [sample[measure.key] * measure.scale for sample in series[subject]]
            bases = [sample[measure.base_key or measure.key] * measure.scale for sample in series[base]]
            ratios = [a / b if b else math.nan for a, b in zip(figures, bases)]
            rows.append(Row(scenario, subject, measure.title, statistics.median(figures), base,
                            statistics.median(bases), statistics.median(ratios), min(ratios), max(ratios),
                            measure.limit if subject == ours else None))
    return rows


def counted(scenario: str, series: Series, measures: Sequence[Measure], ours: str = "module") -> list[Row]:
    """A row for each measure and lane: figures that mean something by themselves, such as how many starved."""
    return [Row(scenario, subject, measure.title,
                statistics.median(sample[measure.key] * measure.scale for sample in samples),
                limit=measure.limit if subject == ours else None)
            for subject, samples in series.items() for measure in measures]


# Title and width of each column; fixed, so that a row can be printed as soon as it is known.
_COLUMNS = (("scenario", 16), ("subject", 12), ("measure", 18), ("figure", 6), ("beside", 14), ("its figure", 10),
            ("ratio", 5), ("rounds", 11), ("aim", 6), ("", 13))


def heading() -> str:
    line = _line([title for title, _ in _COLUMNS])
    return f"{line}\n{'-' * len(line)}"


def line_of(row: Row) -> str:
    spread = f"{_ratio(row.lowest)}–{_ratio(row.highest)}" if row.base else ""
    return _line([row.scenario, row.subject, row.measure, _number(row.figure), row.base,
                  _number(row.base_figure) if row.base else "", _ratio(row.ratio) if row.base else "", spread,
                  str(row.limit) if row.limit else "", row.verdict])


def as_json(rows: Sequence[Row], series: dict[str, Series], facts: dict[str, object]) -> str:
    """Everything, raw samples too. What is no finite number is null."""
    listed = [{**asdict(row), "limit": str(row.limit) if row.limit else None, "verdict": row.verdict} for row in rows]
    return json.dumps(_finite({**facts, "rows": listed, "samples": series}), indent=1, ensure_ascii=False)


def _line(cells: Sequence[str]) -> str:
    return "  ".join(cell.ljust(width) for cell, (_, width) in zip(cells, _COLUMNS)).rstrip()


def _number(value: float) -> str:
    """Three digits that matter."""
    if not math.isfinite(value):
        return "∞"
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def _ratio(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "∞"


def _finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value
