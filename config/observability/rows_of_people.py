"""What the dashboard shows of the people: whether they are recognised, and who asks how much."""

from typing import Final

from config.observability.grafana_json import Note, Panel, Row
from config.observability.queries import Query, mean, quantiles, rate, rate_by

BIOMETRICS: Final = Row(
    "Biometrics",
    [
        Panel("Decisions", [rate_by("facegraph_decisions_total", "kind", "decision")], "ops"),
        Panel(
            "Similarity",
            quantiles("facegraph_similarity", "kind", "decision", shares=(0.05, 0.5)),
            about="Matches that sink towards the threshold tell of other photos than before, "
            "long before people complain.",
        ),
        Panel(
            "Galleries and their data",
            [Query("max by (policy) (facegraph_policy_gallery_share)", "{{policy}}")],
            "percentunit",
            "The fullest gallery searched by a policy with an FPIR, over the largest that its data "
            "carry; beyond it identification is refused.",
            bad_from=1,
        ),
        Panel(
            "Targets refused",
            [rate_by("facegraph_policy_refusals_total", "policy")],
            "ops",
            "Error rates asked for that the data do not carry; `caller` is a number of theirs.",
        ),
        Panel(
            "Similarity of matches",
            [Query(rate('facegraph_similarity_bucket{decision="match"}', "le"), "{{le}}")],
            kind="heatmap",
        ),
        Panel(
            "Quality of the largest face",
            quantiles("facegraph_quality", shares=(0.05, 0.5, 0.95)),
        ),
        Panel(
            "Faces a photo",
            [
                Query(mean("facegraph_faces_per_photo"), "mean"),
                *quantiles("facegraph_faces_per_photo", shares=(0.95,)),
            ],
        ),
        Panel(
            "Photos without a face",
            [
                Query(
                    rate('facegraph_faces_per_photo_bucket{le="0.0"}')
                    + " / "
                    + rate("facegraph_faces_per_photo_count")
                )
            ],
            "percentunit",
        ),
        Panel(
            "Photos not enrolled",
            [rate_by("facegraph_enrolment_rejections_total", "reason")],
            "ops",
            "By problem, and by each reason of the quality gate.",
        ),
        Panel(
            "Liveness",
            [rate_by("facegraph_liveness_total", "decision")],
            "ops",
            "Empty where no liveness model is loaded.",
        ),
        Panel("Liveness score", quantiles("facegraph_liveness_score", shares=(0.05, 0.5))),
        Panel(
            "Drift",
            [Query("max by (source, signal) (facegraph:drift)", "{{source}} {{signal}}")],
            about="How much worse a source's photos are than at this time of the seven days "
            "before; from 1 on it is an alarm. Empty until there are photos enough.",
            bad_from=1,
        ),
        Panel(
            "Photos by source",
            [rate_by("facegraph_source_photos_total", "source", "outcome")],
            "ops",
            "`other` is every source for which there was no room.",
        ),
        Panel(
            "Sources",
            [
                Query(
                    'count(count by (source) (facegraph_source_photos_total{source!="other"}))',
                    "told apart",
                ),
                Query("max(facegraph_sources_most)", "at most"),
            ],
        ),
    ],
)

WHO: Final = """\
**Who it was** is in no metric: a label for each caller would tell everybody who reads this page who
uses the service, and grow without end. The service's log has it, a line a request: `principal`,
`collection`, `code`. Refusals by caller, of the lines of the ingress replicas, among which Ray
writes some of its own that are no JSON:

```
jq -rR 'fromjson? | select(.status == 429) | "\\(.principal) \\(.code)"' | sort | uniq -c | sort -rn
```

Of *overloaded* one line a second is written, a sample: `left_out` is how many were not since
the last.

*rate_limited* in great numbers is one caller; *overloaded* is all of them together, and each is
refused its share. *attempts_exceeded* is one person who is not recognised, or one who tries to be
somebody else.
"""

TENANTS: Final = Row(
    "Tenants",
    [
        Panel(
            "Refused by a limit",
            [
                rate_by(
                    'facegraph_rejects_total{reason=~"rate_limited|overloaded|attempts_exceeded"}',
                    "reason",
                )
            ],
            "reqps",
        ),
        Panel("Log-ins", [rate_by("facegraph_log_ins_total", "outcome")], "ops"),
        Note(WHO),
        Panel(
            "Requests by route",
            [rate_by("facegraph_requests_total", "route", "method")],
            "reqps",
            width=12,
        ),
        Panel(
            "Decisions by policy",
            [rate_by("facegraph_decisions_total", "policy", "decision")],
            "ops",
            "`caller` is a threshold of the caller's own.",
            width=12,
        ),
    ],
)
