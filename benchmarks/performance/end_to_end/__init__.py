"""End to end over HTTP: ours beside what people build by themselves, and what each part costs."""

from benchmarks.performance.end_to_end.judged import ratios, targets
from benchmarks.performance.end_to_end.measuring import measure
from benchmarks.performance.end_to_end.pictures import pictures
from benchmarks.performance.end_to_end.section import section
from benchmarks.performance.layers import Layer

LAYER = Layer("end to end", measure, section, pictures, ratios, targets)
