"""`facegraph policy`: by what is decided, with the data that stand behind it.

Straight in the database, or over HTTP where a service is named. What is refused is what
`PUT /v1/policies/{name}` refuses, in the same words; but the database does not know what serves. A
policy is bound to the pack and pipeline of its report there: so it can come before a new pack does.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import httpx
import typer

from cli.calibrations import evidence_in
from cli.database import database, reported
from config.settings import settings
from db.migrate import migrate
from db.policies import Policies
from db.pool import open_pool
from deployments.errors import FacegraphError, Unavailable
from deployments.evidence import Evidence
from deployments.policies.making import make
from deployments.policies.policy import MOST, Policy, document_of
from deployments.web.schemas.policies import NamedPolicyIn, PolicyOut

PATIENCE_SECONDS = 30.0

app = typer.Typer(help="Store, list and show policies.", no_args_is_help=True)


@app.command()
def apply(
    report: Annotated[Path, typer.Argument(help="The report.json of a calibration.")],
    target_fmr: Annotated[float | None, typer.Option(help="Of one comparison, as 1e-4.")] = None,
    target_fpir: Annotated[float | None, typer.Option(help="Of one search, as 1e-3.")] = None,
    name: Annotated[str | None, typer.Option(help="Else by the target: own-fmr-1e-4.")] = None,
    kind: Annotated[
        str | None, typer.Option(help="verify or identify; else as the target has it.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="A service to tell, not the database.")] = None,
    token: Annotated[
        str | None, typer.Option(envvar="FACEGRAPH_TOKEN", help="An administrator's.")
    ] = None,
) -> None:
    """Store a policy for an error rate that a calibration supports; status 1 where it does not."""
    with reported():
        evidence = evidence_in(report)
        body = NamedPolicyIn.model_validate(
            {
                "name": name or _name(target_fmr, target_fpir),
                "kind": kind or ("verify" if target_fpir is None else "identify"),
                "target_fmr": target_fmr,
                "target_fpir": target_fpir,
                "evidence": document_of(evidence),
            }
        )
        made = make(body.wish(body.name), evidence)
        stored = _told(made, evidence, url, token) if url else asyncio.run(_stored(made))
    typer.echo(_line(stored))


@app.command("list")
def list_policies() -> None:
    """List the stored policies: name, kind, target, threshold, pipeline and pack."""
    with reported():
        for policy in asyncio.run(_list()):
            typer.echo(_line(PolicyOut.of(policy)))


@app.command()
def show(name: str) -> None:
    """Show one stored policy with its evidence, as JSON."""
    with reported():
        policy = PolicyOut.of(asyncio.run(_show(name)))
    typer.echo(policy.model_dump_json(indent=2))


async def _stored(policy: Policy) -> PolicyOut:
    with database(settings()) as address:
        await migrate(address)
        async with open_pool(address, max_size=1) as pool:
            return PolicyOut.of(await Policies(pool).store(policy))


async def _list() -> tuple[Policy, ...]:
    async with _reading() as policies:
        return (await policies.policies(None, MOST)).items


async def _show(name: str) -> Policy:
    async with _reading() as policies:
        return await policies.policy(name)


def _told(policy: Policy, evidence: Evidence, url: str, token: str | None) -> PolicyOut:
    """Put it to a service; its refusal comes out in its own words."""
    body = {
        "kind": policy.kind,
        "target_fmr": policy.target_fmr,
        "target_fpir": policy.target_fpir,
        "evidence": document_of(evidence),
    }
    address = f"{url.rstrip('/')}/v1/policies/{policy.name}"
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = httpx.put(address, json=body, headers=headers, timeout=PATIENCE_SECONDS)
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise Unavailable(f"{url} does not answer: {error}") from error
    if not answer.is_success:
        raise FacegraphError(_detail(answer))
    return PolicyOut.model_validate_json(answer.content)


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"The answer was {answer.status_code}, and no service's."


@asynccontextmanager
async def _reading() -> AsyncIterator[Policies]:
    """Lend what is stored to be read; the schema stays as it is."""
    with database(settings()) as address:
        async with open_pool(address, max_size=1) as pool:
            yield Policies(pool)


def _name(target_fmr: float | None, target_fpir: float | None) -> str:
    if target_fpir is not None:
        return f"own-fpir-{_short(target_fpir)}"
    return f"own-fmr-{_short(target_fmr or 0.0)}"


def _short(rate: float) -> str:
    """Write a rate as people do, 1e-4."""
    mantissa, exponent = f"{rate:.3e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}"


def _line(policy: PolicyOut) -> str:
    target = "no target"
    if policy.target_fmr is not None:
        target = f"FMR {_short(policy.target_fmr)}"
    elif policy.target_fpir is not None:
        target = f"FPIR {_short(policy.target_fpir)}"
    follows = "threshold follows the gallery"
    threshold = follows if policy.threshold is None else f"threshold {policy.threshold:.4f}"
    parts = [policy.name, policy.kind, target, threshold, policy.pipeline, policy.pack_digest]
    return "  ".join(parts)
