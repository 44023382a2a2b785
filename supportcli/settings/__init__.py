"""The configuration of a run."""

from supportcli.settings.load import ENVIRONMENT_VARIABLE, FILE_NAME, load_settings
from supportcli.settings.model import (
    Agents,
    ChannelSwitch,
    Complaints,
    Costs,
    Customers,
    Fcr,
    Hours,
    InputSetting,
    Loyalty,
    Repeat,
    ReportSettings,
    Schedule,
    Season,
    ServiceLevel,
    Settings,
    Store,
    Survey,
    Surveys,
    WeeklyHours,
)
from supportcli.settings.names import check_region, check_timezone
from supportcli.settings.place import Fault
from supportcli.settings.template import template

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "FILE_NAME",
    "Agents",
    "ChannelSwitch",
    "Complaints",
    "Costs",
    "Customers",
    "Fault",
    "Fcr",
    "Hours",
    "InputSetting",
    "Loyalty",
    "Repeat",
    "ReportSettings",
    "Schedule",
    "Season",
    "ServiceLevel",
    "Settings",
    "Store",
    "Survey",
    "Surveys",
    "WeeklyHours",
    "check_region",
    "check_timezone",
    "load_settings",
    "template",
]
