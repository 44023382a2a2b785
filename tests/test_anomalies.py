"""Every anomaly and every reason of skipping has words that people understand."""

from __future__ import annotations

from supportcli.kpis.derive import ANOMALIES
from supportcli.report.anomalies import ANOMALY_TEXTS, SKIP_TEXTS, in_plain_words
from supportcli.schema import RATINGS
from supportcli.sources.layout import TOTALS
from supportcli.sources.plan import COUNTED
from supportcli.sources.source import built_in_sources


def test_every_anomaly_has_a_text() -> None:
    """Those of conversations, of answers, of work times and of reading, and no others."""
    kinds = {*ANOMALIES, *COUNTED, *(f"{one}_out_of_scale" for one in RATINGS)}
    assert {*kinds, "negative_handle_time"} == set(ANOMALY_TEXTS)


def test_every_reason_of_a_built_in_source_has_a_text() -> None:
    """No built-in source skips rows for a reason without words, and no words are left over."""
    reasons = {reason for source in built_in_sources() for reason in source.file.skip_where}
    assert {*reasons, TOTALS} == set(SKIP_TEXTS)


def test_a_reason_of_a_users_own_is_said_with_spaces() -> None:
    """What a mapping of a user's own names is cleaned, and its underscores are spaces."""
    assert "spam" == in_plain_words("spam")
    assert "sent by\ufffd robot" == in_plain_words("sent_by\x1b_robot")
