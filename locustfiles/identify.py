"""Closed-loop identification of one photo against `default`; every answer is checked.

Run it with FACEGRAPH_PASSWORD set:
locust -f locustfiles/identify.py --host http://127.0.0.1:8000 --headless --users 8 --run-time 30s
"""

from locust import FastHttpUser, task

from cli.pictures import jpeg, stranger_photo
from locustfiles import answers
from locustfiles.outcomes import ACCEPTED
from locustfiles.session import SESSION

PHOTO = jpeg(stranger_photo())


class Identifier(FastHttpUser):
    """Identifies without a pause; only 200 with one face is a success."""

    @task
    def identify(self) -> None:
        """Send the photo as the raw body."""
        with self.client.post(
            "/v1/collections/default/identify",
            data=PHOTO,  # type: ignore[arg-type]  # It sends bytes too.
            headers=SESSION.headers(self.client) | {"Content-Type": "image/jpeg"},
            catch_response=True,
        ) as answer:
            if answers.outcome(answer) != ACCEPTED:
                answers.fail(answer)
