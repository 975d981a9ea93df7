"""Configuration: `load` reads and checks a TOML file and returns `Settings`."""

from aggregator.config.loading import (
    ENV_PREFIX,
    load,
    networks,
    owner_specs,
    pack_specs,
    parse,
    poll_policy,
    search_tables,
    source_specs,
)
from aggregator.config.schema import FeedModel as FeedSettings
from aggregator.config.schema import PollingModel as PollingSettings
from aggregator.config.schema import SettingsModel as Settings
from aggregator.config.schema import SignInModel as SignInSettings
from aggregator.config.schema import SourceModel as SourceSettings
from aggregator.config.schema import WebModel as WebSettings

__all__ = [
    "ENV_PREFIX",
    "FeedSettings",
    "PollingSettings",
    "Settings",
    "SignInSettings",
    "SourceSettings",
    "WebSettings",
    "load",
    "networks",
    "owner_specs",
    "pack_specs",
    "parse",
    "poll_policy",
    "search_tables",
    "source_specs",
]
