"""Threads and shares: whether what runs side by side finds cores, and GPUs, to run on."""

from collections.abc import Iterator

from ray._private.accelerators import get_accelerator_manager_for_resource

from cli.cluster import cpus_of_the_machine
from cli.cores import usable_cores
from cli.doctor.case import Case
from cli.doctor.findings import Finding, bad, doubtful, good
from cli.doctor.replicas import cpus, most_in_a_rollout, most_replicas
from deployments.configuration import NODES, gpus_asked
from deployments.embedder import threads_of

COUNTS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "BLIS_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)
SPINNING = {"OMP_WAIT_POLICY": "active", "KMP_BLOCKTIME": "infinite", "GOMP_SPINCOUNT": "infinite"}


def thread_variables(case: Case) -> Iterator[Finding]:
    """Check variables by which libraries start more threads than a replica has, or spin."""
    threads, embedders = embedder_threads(case), most_replicas(case.schema, "Embedder")
    many = [
        f"{name}={value}"
        for name in COUNTS
        if (value := case.variables.get(name, "")) and _number(value) > threads
    ]
    spinning = [
        name for name, how in SPINNING.items() if case.variables.get(name, "").lower() == how
    ]
    if many or spinning:
        told = (
            f"{', '.join(many + spinning)}; an embedder has {threads}, and there may be {embedders}"
        )
        yield doubtful("thread variables", told, "Unset them: each replica pins its own threads.")
    else:
        yield good("thread variables", "none that would start more than a replica was given")


def cpu_shares(case: Case) -> Iterator[Finding]:
    """Check that the threads of all embedders find cores, and the shares of all replicas room."""
    schema, cores = case.schema, usable_cores(case.root)
    threads, embedders = embedder_threads(case), most_replicas(case.schema, "Embedder")
    told = f"{embedders} embedders of {threads} threads on {cores:g} cores"
    if threads * embedders > cores:
        mend = "Lower num_cpus or max_replicas of the Embedder in serve_config.yaml."
        yield bad("embedder threads", told, mend)
    else:
        yield good("embedder threads", told)
    given = cpus_of_the_machine()
    most = sum(most_replicas(schema, name) * cpus(schema, name) for name in NODES)
    rollout = sum(most_in_a_rollout(schema, name) * cpus(schema, name) for name in NODES)
    told = f"{most:.2g} of {given} CPUs at most, {rollout:.2g} in a rollout"
    if most > given:
        mend = "Lower num_cpus or max_replicas: replicas beyond these wait for ever."
        yield bad("shares", told, mend)
    elif rollout > given:
        yield doubtful("shares", told, "Lower num_cpus: a rollout would wait for room.")
    else:
        yield good("shares", told)


def gpus(case: Case) -> Iterator[Finding]:
    """Check what the embedders ask for against what Ray sees."""
    share, seen = gpus_asked(case.schema), gpus_seen()
    most = most_replicas(case.schema, "Embedder")
    told = f"num_gpus {share:g} of {most} embedders at most, {seen} GPUs here"
    if share > seen:
        mend = "Take num_gpus away in serve_config.yaml, or see that nvidia-smi lists a GPU."
        yield bad("GPUs", told, mend)
    elif share * most > seen:
        mend = "Lower num_gpus or max_replicas: the replicas that find no room wait."
        yield doubtful("GPUs", told, mend)
    elif seen and not share:
        mend = "To use them set num_gpus of the Embedder; see docs/operations.md, On a GPU."
        yield doubtful("GPUs", told, mend)
    else:
        yield good("GPUs", told)


def embedder_threads(case: Case) -> int:
    """Return the threads that an embedder computes on."""
    return threads_of(cpus(case.schema, "Embedder"))


def gpus_seen() -> int:
    """Return how many GPUs Ray would find on this machine."""
    return int(get_accelerator_manager_for_resource("GPU").get_current_node_num_accelerators())


def _number(value: str) -> int:
    first = value.split(",", maxsplit=1)[0].strip()
    return int(first) if first.isdecimal() else 0
