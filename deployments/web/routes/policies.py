"""Policies: list, read, store."""

from collections.abc import Iterable

import structlog

from deployments.errors import NotFound
from deployments.evidence import Evidence
from deployments.messages.embedder import Model
from deployments.messages.matcher import Wanted
from deployments.messages.pages import Page
from deployments.policies.built_in import RESERVED, built_in
from deployments.policies.making import make
from deployments.policies.policy import Policy
from deployments.web.call import Call, Current
from deployments.web.parameters import Paging, PolicyName
from deployments.web.routing import router
from deployments.web.schemas.policies import PolicyIn, PolicyList, PolicyOut

LISTING = "policies"

log = structlog.get_logger("facegraph.web")
routes = router("oversight")


@routes.get("/v1/policies")
async def list_policies(call: Current, paging: Paging) -> PolicyList:
    """List the policies by name, those that are built into the pack that serves among them."""
    cursors = call.services.cursors
    after = cursors.open(LISTING, paging.cursor)
    stored = await call.services.policies.policies(after, paging.limit)
    page = _merged(stored, built_in(await _model(call)).values(), after, paging.limit)
    items = [PolicyOut.of(policy) for policy in page.items]
    return PolicyList(items=items, next_cursor=cursors.seal(LISTING, page.after))


@routes.get("/v1/policies/{policy}")
async def read_policy(call: Current, policy: PolicyName) -> PolicyOut:
    """Read a policy with its evidence."""
    if policy not in RESERVED:
        return PolicyOut.of(await call.services.policies.policy(policy))
    found = built_in(await _model(call)).get(policy)
    if found is None:
        raise NotFound("There is no such policy.")
    return PolicyOut.of(found)


@routes.put("/v1/policies/{policy}")
async def store_policy(call: Current, policy: PolicyName, body: PolicyIn) -> PolicyOut:
    """Store a policy for the pack and pipeline that serve, in the place of what has its name."""
    model = await _model(call)
    evidence = await _evidence(call, body, model)
    made = make(body.wish(policy), evidence, model)
    before = await _before(call, policy)
    with call.stages.measure("write"):
        stored = await call.services.policies.store(made)
    log.info(
        "policy stored",
        request_id=call.request_id,
        principal=call.principal.username,
        policy=policy,
        report_before=_report(before),
        report=_report(stored),
    )
    return PolicyOut.of(stored)


def _merged(
    stored: Page[Policy], built_ins: Iterable[Policy], after: str | None, limit: int
) -> Page[Policy]:
    """Put the built-in policies where their names belong in a page of stored ones."""
    last = stored.after
    among = [
        policy
        for policy in built_ins
        if (after is None or policy.name > after) and (last is None or policy.name <= last)
    ]
    items = tuple(sorted([*stored.items, *among], key=lambda policy: policy.name))
    if len(items) > limit:
        return Page(items[:limit], items[limit - 1].name)
    return Page(items, last)


async def _evidence(call: Call, body: PolicyIn, model: Model) -> Evidence | None:
    """Return what was sent, or else the best there is; None where there is none."""
    if body.evidence is not None:
        return body.evidence.message()
    if body.target_fmr is None and body.target_fpir is None:
        return None
    wanted = Wanted(target_fmr=body.target_fmr, target_fpir=body.target_fpir)
    return await call.services.book.evidence(model, wanted)


async def _before(call: Call, name: str) -> Policy | None:
    try:
        return await call.services.policies.policy(name)
    except NotFound:
        return None


def _report(policy: Policy | None) -> str | None:
    """Return the digest of the report behind a policy; None where there is none."""
    return policy.evidence.report_digest if policy is not None and policy.evidence else None


async def _model(call: Call) -> Model:
    return (await call.services.embedder.card(budget=call.budget)).model
