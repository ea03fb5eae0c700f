"""Problems: whatever an error holds, the answer is JSON, in UTF-8, and its head is the table's."""

import json

from hypothesis import given
from hypothesis import strategies as st

from deployments import errors
from deployments.errors import FacegraphError
from deployments.web.failures import validation_failure
from deployments.web.problem import problem

anything = st.text(st.characters())  # Half characters included.
named = st.tuples(anything, anything, anything)
made: st.SearchStrategy[FacegraphError] = st.one_of(
    st.builds(errors.InvalidRequest, anything, anything),
    st.builds(errors.ValidationFailed, anything, st.lists(named, max_size=3).map(tuple)),
    st.builds(errors.LowQuality, anything, st.lists(anything, max_size=3).map(tuple)),
    st.builds(errors.Overloaded, anything, st.floats(0, 1e9)),
    st.builds(errors.NotFound, anything),
)
places = st.lists(st.sampled_from(["body", "query"]) | anything | st.integers(0, 9), max_size=4)


@given(made)
def test_any_error(error: FacegraphError) -> None:
    """The body can be read again, says what the error says, and nothing of it is in the head."""
    answer = problem(error, "an-id-of-a-test")
    told = json.loads(bytes(answer.body).decode())

    assert told["detail"] == error.detail.encode(errors="replace").decode()
    assert told["status"] == answer.status_code
    assert set(answer.headers) <= {"content-type", "content-length", "retry-after"}
    assert answer.headers.get("retry-after", "1").isdigit()


@given(st.lists(st.tuples(places, anything, anything), min_size=1, max_size=30))
def test_any_fault(faults: list[tuple[list[str | int], str, str]]) -> None:
    """However many faults a body has and whatever they are named, the answer stays short."""
    told = [{"loc": tuple(loc), "type": kind, "msg": message} for loc, kind, message in faults]
    answer = problem(validation_failure(told), "an-id-of-a-test")
    body = json.loads(bytes(answer.body))

    assert answer.status_code in {400, 404, 422}
    assert len(body.get("errors", [])) <= 20
