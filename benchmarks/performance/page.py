"""PERFORMANCE.md: every figure in it is read from the last result file, none is written here."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.measures.findings import Finding, interval, verdict
from benchmarks.measures.machine import Machine
from benchmarks.performance.layers import Layer
from benchmarks.performance.order import LAYERS
from benchmarks.report.markdown import table

Result = Mapping[str, Any]

_HEAD = """# Performance

Written by `make bench` from `benchmarks/results/`; edit what measures, not this page.

```sh
make bench                        # all of it: some fifteen minutes on two cores
make bench BENCH_ARGS=--quick     # fewer points, galleries to 10,000: three minutes; writes no page
make bench-gallery                # one gallery of a million, in its own time
make bench-guard                  # a new run against the one kept here, by its ratios
```

Absolute times are of one machine, which others use too. What is claimed is a ratio against a rival
that ran in the same run, on the same weights and photos, in turns.
"""


def render(result: Result, layers: Sequence[Layer] = LAYERS) -> str:
    """Return the page on one run."""
    measured = [layer for layer in layers if layer.name in result["layers"]]
    sections = [
        _HEAD,
        _targets(result, measured),
        *(layer.section(result["layers"][layer.name]) for layer in measured),
        _noise(result, measured),
        _provenance(result),
    ]
    return "\n".join(section.rstrip("\n") + "\n" for section in sections)


def _targets(result: Result, layers: Sequence[Layer]) -> str:
    found = (each for layer in layers for each in layer.targets(result["layers"][layer.name]))
    rows = [_row(dict(each)) for each in found]
    return f"## Targets\n\n{table(['what', 'target', 'measured', '95 %', ''], rows)}\n"


def _row(told: dict[str, Any]) -> Sequence[object]:
    told.pop("met", None)
    finding = Finding(**told)
    sign, target = ("≥", finding.at_least) if finding.at_most is None else ("≤", finding.at_most)
    asked = "reported" if target is None else f"{sign} {target:g}"
    judged = "" if target is None else verdict(finding)
    return [finding.what, asked, finding.measured, interval(finding), judged]


def _noise(result: Result, layers: Sequence[Layer]) -> str:
    return f"""## Noise

What the guard watches (`make bench-guard`), measured again within the same run: what differs there
is the machine's doing, and no change is seen that is smaller.

{table(["ratio", "first", "second", "apart by, %"], _twice(result, layers))}
"""


def _twice(result: Result, layers: Sequence[Layer]) -> Iterator[Sequence[object]]:
    for layer in layers:
        for name, values in layer.ratios(result["layers"][layer.name]).items():
            one, other = values[0], values[-1]
            apart = 100 * (max(values) / min(values) - 1)
            yield [name, float(one), float(other) if len(values) > 1 else "", float(apart)]


def _provenance(result: Result) -> str:
    machine = Machine(**result["machine"])
    versions = ", ".join(f"{name} {of}" for name, of in result["versions"].items())
    flags = ", ".join(f"`{name}={of}`" for name, of in result["flags"].items())
    return f"""## Where these figures come from

{result["date"]}, commit {result["commit"]}, {result["minutes"]:.0f} minutes. {machine.name},
{machine.memory_gb:.0f} GB, {machine.gflops_per_core:.1f} GFLOPS a core (a large fp32 matrix
product). Pack: {result["pack"]}; photos: {result["photos"]}. {versions}.

Ray Serve runs with {flags}.

Not measured here: a GPU, several machines, clients on another machine (all are on the same
{machine.cores} cores as the service, and what they take of them is told).
"""
