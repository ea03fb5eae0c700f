"""The models: there, whole, allowed, and with an engine and a device that can run them."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from cli.doctor.case import Case
from cli.doctor.findings import Finding, bad, doubtful, good
from deployments.configuration import gpus_asked
from deployments.vision import liveness_models
from deployments.vision.catalogue import DEFAULT, KNOWN
from deployments.vision.engines import DeviceUnavailable, require_place
from deployments.vision.packs import PackError, folder_of
from deployments.vision.preparation import load, published

ENGINES = ("onnxruntime", "onnxruntime-gpu", "openvino")


def pack(case: Case) -> Iterator[Finding]:
    """Check the pack of serve_config.yaml: every file by its digest, and its licence."""
    name = case.arguments.pack
    try:
        found = load(name, case.data_dir, case.settings.accepted_licences)
    except PackError as error:
        yield _default(case) if name == DEFAULT else bad("pack", str(error), "See docs/packs.md.")
        return
    accepted = "" if found.commercial_use else ", accepted"
    told = f"{found.name} {found.digest[:19]}…, intact; {found.licence}{accepted}"
    yield good("pack", told)


def engine(case: Case) -> Iterator[Finding]:
    """Check that what runs the models is installed, and has the device."""
    arguments = case.arguments
    installed = ", ".join(filter(None, map(_installed, ENGINES)))
    granted = gpus_asked(case.schema) > 0
    try:
        device = require_place(arguments.device, arguments.engine, gpu_granted=granted)
    except DeviceUnavailable as error:
        yield bad(
            "engine", str(error), "Mend `args` of serve_config.yaml, or install what is missing."
        )
        return
    if installed:
        yield good("engine", f"{arguments.engine} on {device}; {installed}")
    else:
        yield bad("engine", "neither onnxruntime nor openvino is installed", "Run `make setup`.")


def liveness(case: Case) -> Iterator[Finding]:
    """Check the liveness model, where one is named."""
    try:
        model = liveness_models.load(
            case.arguments.liveness, case.data_dir, case.settings.accepted_licences
        )
    except PackError as error:
        yield bad("liveness", str(error), "See docs/liveness.md.")
        return
    if model is None:
        yield good("liveness", "no model: presentation attacks are not looked for")
    else:
        yield good("liveness", f"{model.name}, intact; {model.licence}")


def _default(case: Case) -> Finding:
    """Tell of the default pack, which the next start makes, or makes anew, by itself."""
    try:
        for file in KNOWN[DEFAULT].files:
            published(file)
    except PackError as error:
        return bad("pack", str(error), "Run `make setup`.")
    if not folder_of(DEFAULT, case.data_dir).exists():
        return good("pack", f"{DEFAULT} is made at the first start, from what is installed")
    mend = f"Run `facegraph models prepare {DEFAULT}`; the next start does it itself."
    return doubtful("pack", f"{DEFAULT} is damaged in {case.data_dir}", mend)


def _installed(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return ""
