"""The layers in the order they are measured in, and told: each finds what the one before left."""

from benchmarks.performance import database, end_to_end
from benchmarks.performance.inference.layer import LAYER as INFERENCE
from benchmarks.performance.layers import Layer
from benchmarks.performance.scaling.layer import LAYER as SCALING

LAYERS: tuple[Layer, ...] = (database.LAYER, INFERENCE, SCALING, end_to_end.LAYER)
