"""What a site sets: environment variables that begin with IGWATCH_, read here and nowhere else."""

from __future__ import annotations

import multiprocessing
import os
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """One site's settings; every one has a default that works on a laptop."""

    model_config = SettingsConfigDict(env_prefix="IGWATCH_", extra="ignore")

    home: Path = Path("var")
    zone: str = Field(default="UTC", description="zone in which the site's nights are counted")
    schedule: str = Field(
        default="0 5 * * *", description="cron of igwatch_nightly in `zone`; none: by hand alone"
    )
    settle_seconds: float = Field(
        default=2.0, description="a delivered file must stand still so long"
    )
    batch_bytes: int = Field(default=256 << 20, description="landing: bytes per mapped task")
    buckets: int = Field(default=1, ge=1, le=999, description="of patients, each built on its own")
    processes: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        description="that share one large HL7 file, or the courses of many patients",
    )
    memory_limit: str = Field(default="1GB", description="of DuckDB, for example 800MB")
    threads: int = Field(default_factory=lambda: os.cpu_count() or 1)
    keep_generations: int = Field(default=14, ge=1)
    keep_archive_days: int | None = Field(
        default=None, ge=1, description="delivered bytes, after landing; none, for ever"
    )
    keep_report_days: int | None = Field(
        default=None, ge=1, description="dated reports; none, as many nights as generations"
    )
    prove: bool = Field(
        default=True, description="ask each night whether invented patients are found"
    )
    alarm_command: str | None = Field(
        default=None, description="is run with an alarm's text on standard input"
    )
    allowed_signers: Path | None = Field(
        default=None, description="who may sign rules (OpenSSH's file); none, the one in the home"
    )

    lineage_file: Path | None = Field(
        default=None, description="OpenLineage events of each step are added to it; none, none are"
    )

    pseudonymous_flag: bool = Field(
        default=False, description="publish quality.pseudonymous_flag; it needs the key"
    )
    pseudonym_key_file: Path | None = Field(
        default=None, description="holds the key of quality.pseudonymous_flag"
    )

    @property
    def workers(self) -> int:
        """How many processes may share a job: one where this one may have no children."""
        return 1 if multiprocessing.current_process().daemon else self.processes

    @property
    def zone_info(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def today(self) -> date:
        """The day it is at the site."""
        return datetime.now(self.zone_info).date()
