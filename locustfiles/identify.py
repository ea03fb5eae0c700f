"""Closed-loop identification of one photo against `default`; every answer is checked.

Run it with FACEGRAPH_PASSWORD set:
locust -f locustfiles/identify.py --host http://127.0.0.1:8000 --headless --users 8 --run-time 30s
"""

import os

import cv2
from locust import FastHttpUser, task
from skimage.data import astronaut

PHOTO = bytes(cv2.imencode(".jpg", astronaut()[:, :, ::-1])[1])


class Identifier(FastHttpUser):
    """Logs in once, then identifies without a pause; only 200 with one face is a success."""

    def on_start(self) -> None:
        """Log in with FACEGRAPH_USER (admin) and FACEGRAPH_PASSWORD."""
        form = {
            "username": os.environ.get("FACEGRAPH_USER", "admin"),
            "password": os.environ["FACEGRAPH_PASSWORD"],
        }
        token = self.client.post("/v1/auth/token", data=form).json()["access_token"]
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "image/jpeg"}

    @task
    def identify(self) -> None:
        """Send the photo as the raw body."""
        with self.client.post(
            "/v1/collections/default/identify",
            data=PHOTO,
            headers=self.headers,
            catch_response=True,
        ) as answer:
            if answer.status_code != 200 or len(answer.json()["faces"]) != 1:  # noqa: PLR2004
                answer.failure(f"{answer.status_code}: {answer.text}")
