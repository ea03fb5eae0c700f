"""Figures that make every sum easy: a photo of 1 megapixel takes 20 ms on one core."""

from cli.capacity.figures import (
    Figures,
    Gallery,
    Inference,
    Line,
    NetworkCost,
    PhotoCost,
    Recall,
    Service,
    Way,
)
from cli.capacity.scaling import Scaling

SCALING = Scaling(photo_ms=16.0, batch_ms=2.0, megapixel_ms=3.0, contention=0.25, cores=2)

FIGURES = Figures(
    source="benchmarks/results/2026-01-02-abc1234.json",
    machine="Some CPU, 2 cores",
    inference=Inference(
        photo=PhotoCost(decode_ms=2.0, align_ms=1.0, megapixels=1.0, detector_pixels=100_000),
        packs={"buffalo_sc": NetworkCost(detect_ms=7.0, embed_ms=10.0)},
        per_gmac={
            "separable": NetworkCost(detect_ms=50.0, embed_ms=25.0),
            "dense": NetworkCost(detect_ms=10.0, embed_ms=10.0),
        },
        scaling=SCALING,
        checked_within=0.05,
    ),
    gallery=Gallery(
        dimension=512,
        smallest=10_000,
        largest=100_000,
        compare_all_up_to=1_000_000,
        shipped=Way(cpu_ms=Line(base=1.0, slope=0.000_025), p50_ms=Line(base=2.0, slope=0.000_05)),
        index=Way(cpu_ms=Line(base=1.0, slope=0.5), p50_ms=Line(base=2.0, slope=1.0)),
        recall=Recall(people=100_000, cosine=0.7, shipped=0.999, index=0.625),
        index_bytes=1200.0,
        table_bytes=1100.0,
        signs_bytes=200.0,
        row_bytes=700.0,
        build_seconds=1e-4,
    ),
    service=Service(
        pack="buffalo_sc",
        people=100_000,
        overhead_ms={"ingress": 3.0, "matcher": 2.0},
        alone_ms=30.0,
        embedder_mb=300.0,
        rest_mb=1000.0,
        postgresql_mb=100.0,
    ),
)
