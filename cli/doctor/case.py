"""What the checks look at: this machine, this environment, and what was read of both so far."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import psutil
from pydantic import ValidationError
from pydantic_settings import SettingsError
from ray.serve.schema import ServeDeploySchema

from cli.leftovers import marked, orphaned
from config.settings import Settings
from deployments.arguments import GraphArguments
from deployments.configuration import ConfigurationRefused, read


class NotAsked(Exception):
    """A check cannot be made before another finding is mended; the message names it."""


class Case:
    """One examination; `root` is where `/proc`, `/sys` and `/dev` hang."""

    def __init__(self, variables: Mapping[str, str], root: Path = Path("/")) -> None:
        self.variables = variables
        self.root = root

    @cached_property
    def settings(self) -> Settings:
        """What a service would be started with; NotAsked where that is refused."""
        try:
            return Settings()
        except (ValidationError, SettingsError) as error:
            raise NotAsked("the settings are refused") from error

    @cached_property
    def data_dir(self) -> Path:
        """The data directory, whether it is there or not."""
        return self.settings.data_dir.resolve()

    @cached_property
    def schema(self) -> ServeDeploySchema:
        """The graph's configuration; NotAsked where it is refused."""
        try:
            return read(self.settings.serve_config)
        except ConfigurationRefused as error:
            raise NotAsked("the graph's configuration is refused") from error

    @cached_property
    def arguments(self) -> GraphArguments:
        """The `args` of the graph."""
        return GraphArguments.model_validate(self.schema.applications[0].args)

    @cached_property
    def leftovers(self) -> list[psutil.Process]:
        """Processes of a service on the data directory that was killed."""
        return orphaned(self.data_dir)

    @cached_property
    def running(self) -> list[psutil.Process]:
        """Processes of the service that lives on the data directory."""
        return [each for each in marked(self.data_dir) if each not in self.leftovers]
