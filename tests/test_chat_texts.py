"""The readers of chats that are no tables: Telegram's JSON and WhatsApp's text, dirty ones too."""

from __future__ import annotations

import codecs
import gzip
import json
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from command import failure, report, run
from supportcli.errors import InputError
from supportcli.events import event_table, read_log
from supportcli.intake import ReadOptions
from supportcli.schema import TYPES
from supportcli.settings import Settings
from supportcli.sources import records, telegram, whatsapp
from supportcli.sources.sniff import InputFile

SENT = 1_772_442_904
"""2026-03-02 09:15:04 UTC."""


def message(number: int, who: str | None, at: int = SENT, **more: Any) -> dict[str, Any]:
    """A message as Telegram Desktop writes it."""
    known = {} if who is None else {"from": who, "from_id": f"user{who}"}
    base = {"id": number, "type": "message", "date": "2026-03-02T12:45:04"}
    return {**base, "date_unixtime": str(at), **known, "text": "", "text_entities": [], **more}


def telegram_chat(*messages: dict[str, Any], number: int = 7, kind: str = "personal_chat") -> Any:
    """One chat as Telegram Desktop writes it."""
    return {"name": "Ann", "type": kind, "id": number, "messages": list(messages)}


def telegram_table(document: Any) -> pl.DataFrame:
    """The table of a document."""
    return telegram_text(json.dumps(document))


def telegram_text(text: str) -> pl.DataFrame:
    """The table of a document as it is written."""
    file = InputFile("result.json", content=text.encode())
    return telegram.messages(records.parse(file)[0], file.name)


def telegram_error(text: str) -> str:
    """What is said of a text that is no export."""
    with pytest.raises(InputError) as refused:
        telegram_text(text)
    return refused.value.message


def written(folder: Path, document: Any, name: str = "result.json") -> Path:
    """A document as a file."""
    path = folder / name
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def events(path: Path, *agents: str) -> list[dict[str, Any]]:
    """The events of one chat file."""
    options = ReadOptions((str(path),), agents=agents)
    return event_table(read_log(options, Settings(), TYPES)).to_dicts()


def test_all_chats_of_an_account_are_read(tmp_path: Path) -> None:
    """Chats and left chats; a chat of its own keeps its own parties."""
    chats = [telegram_chat(message(1, "Ann")), telegram_chat(message(1, "Sue"), number=8)]
    left = [telegram_chat(message(3, "Bob"), number=9, kind="private_group")]
    account = {"about": "x", "personal_information": {"user_id": 1}, "chats": {"list": chats},
               "left_chats": {"list": left}}  # fmt: skip
    path = written(tmp_path, account)
    assert InputFile(str(path), path).format == "telegram"
    found = [(one["event_id"], one["customer_id"]) for one in events(path, "Sue")]
    assert found == [("7/1", "userAnn"), ("8/1", None), ("9/3", "userBob")]


@pytest.mark.parametrize("kind", ["saved_messages", "bot_chat", "private_channel", "replies"])
def test_chats_without_customers_are_skipped(kind: str, tmp_path: Path) -> None:
    """And who writes there is not among the senders."""
    chats = [telegram_chat(message(1, "Menu"), kind=kind), telegram_chat(message(2, "Ann"))]
    path = written(tmp_path, {"about": "", "chats": {"list": chats}})
    ran = run("events", path, "--agents", "Ann", "-v")
    assert "1 skipped (not_a_support_chat)" in ran.err
    assert "Menu" not in failure(run("events", path))[1]


def test_an_export_that_overlaps_changes_nothing(tmp_path: Path) -> None:
    """A message has an id in its chat."""
    said = [message(1, "Ann"), message(2, "Sue", SENT + 60), message(3, "Ann", SENT + 90)]
    whole = written(tmp_path, telegram_chat(*said))
    earlier = written(tmp_path, telegram_chat(*said[:2]), "earlier.json")
    once = report(whole, "--agents", "Sue")
    twice = report(whole, earlier, "--agents", "Sue")
    assert once["rows"] == twice["rows"]
    assert sum(intake["duplicates"] for intake in twice["inputs"]) == 2


def test_a_message_that_answers_says_whom(tmp_path: Path) -> None:
    """In a group the reply belongs to the customer whose message it quotes."""
    said = [message(1, "Ann"), message(2, "Bob"), message(3, "Sue", reply_to_message_id=1),
            message(4, "Sue", reply_to_message_id=1, reply_to_peer_id="channel5")]  # fmt: skip
    path = written(tmp_path, telegram_chat(*said, kind="private_group"))
    assert [one["customer_id"] for one in events(path, "Sue")][2:] == ["userAnn", "userBob"]


def test_values_keep_their_text() -> None:
    """Numbers and booleans as JSON writes them; what is nested is nothing."""
    row = message(12345678901234567890, "A", duration_seconds=1.5, action=True, actor=["x"])
    found = telegram_table(telegram_chat(row)).row(0, named=True)
    kept = [found[name] for name in ("id", "duration_seconds", "action", "actor", "chat_id")]
    assert kept == ["12345678901234567890", "1.5", "true", None, "7"]


@pytest.mark.parametrize(
    ("written_as", "name"),
    [
        (r"a\x0Bb", "a\x0bb"),
        (r"a\\x0Bb", r"a\x0Bb"),
        (r"a\\\x1fb", "a\\\x1fb"),
        (r"\x00\u06cc\"\n", '\0ی"\n'),
    ],
)
def test_escapes_that_are_no_json_are_repaired(written_as: str, name: str) -> None:
    r"""`\xNN` is a control character; after an escaped backslash it is text."""
    text = json.dumps(telegram_chat(message(1, "WHO"))).replace("WHO", written_as)
    broken = text.replace('"Ann"', r'"\x01"')
    assert telegram_text(broken)["from"].to_list() == [name]


def test_a_document_that_parses_is_not_touched() -> None:
    """A backslash before an x is left alone where it is proper JSON."""
    assert telegram_table(telegram_chat(message(1, r"\x41")))["from"].to_list() == [r"\x41"]


def test_half_of_a_surrogate_pair_is_no_traceback() -> None:
    """JSON may hold it, text may not."""
    text = json.dumps(telegram_chat(message(1, "WHO"))).replace("WHO", r"\ud83d")
    assert telegram_text(text)["from"].to_list() == ["?"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"name": "Ann",\n"messages": [', "result.json:2: this is no whole JSON"),
        ("[1]", "the document is no object"),
        ("{}", "it has neither messages nor chats"),
        ('{"messages": []}', "the export holds no message"),
        ('{"messages": null}', "its messages are no list of objects"),
        ('{"messages": [1]}', "its messages are no list of objects"),
        ('{"chats": {"list": {}}}', "its chats are no list of objects"),
        ('{"chats": {}}', "its chats are no list of objects"),
        ("[" * 100_000, "cannot be read"),
        ('{"messages": ' + "9" * 5_000 + "}", "messages are no list of objects"),
    ],
)
def test_what_is_no_telegram_export_is_told(text: str, said: str) -> None:
    """With the line where it breaks off, and never a traceback."""
    assert said in telegram_error(text)


def test_a_telegram_export_in_other_bytes(tmp_path: Path) -> None:
    """With a byte-order mark, with CRLF and zipped it is the same; bytes that are no text fail."""
    text = json.dumps(
        telegram_chat(message(1, "علی"), message(2, "Sue")), ensure_ascii=False, indent=1
    )
    plain = tmp_path / "a.json"
    plain.write_bytes(text.encode())
    for name, content in {
        "bom.json": codecs.BOM_UTF8 + text.encode(),
        "crlf.json": text.replace("\n", "\r\n").encode(),
        "zipped.json.gz": gzip.compress(text.encode()),
        "no_suffix": text.encode(),
    }.items():
        path = tmp_path / name
        path.write_bytes(content)
        assert events(path, "Sue") == events(plain, "Sue")
    bad = tmp_path / "bad.json"
    bad.write_bytes(text.encode().replace("علی".encode(), b"\xff", 1))
    assert failure(run("events", bad, "--agents", "Sue"))[0] == 3


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["messages", "chats", "left_chats", "list", "id", "type", "from", "from_id", "date",
             "name", "reply_to_message_id"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(DOCUMENTS)
def test_any_json_is_read_or_refused(document: Any) -> None:
    """Whatever stands where: a table of text, or an InputError."""
    try:
        frame = telegram_table(document)
    except InputError:
        return
    assert frame.height > 0
    assert set(frame.dtypes) == {pl.String}


STYLES = [
    ("12/03/2026, 09:15 - {}", "12/03/2026 09:15"),
    ("12/03/26, 9:15 am - {}", "12/03/26 9:15 am"),
    ("15.04.2016, 15:04 - {}", "15.04.2016 15:04"),
    ("15.04.16 15:04 - {}", "15.04.16 15:04"),
    ("2019/01/01, 11:25 - {}", "2019/01/01 11:25"),
    ("2019-01-31, 23:25 - {}", "2019-01-31 23:25"),
    ("2019-01-31 11:25 p. m. - {}", "2019-01-31 11:25 p. m."),
    ("01/01/2019, 11:25 a. m. - {}", "01/01/2019 11:25 a. m."),
    ("1/1/2019, 11:25 a.\u00a0m. - {}", "1/1/2019 11:25 a. m."),
    ("01-01-2019 11:25:59 - {}", "01-01-2019 11:25:59"),
    ("12.3.2026 14.08 - {}", "12.3.2026 14:08"),
    ("12. 3. 2026, 14:08 – {}", "12.3.2026 14:08"),
    ("[12/03/2026, 09:15:32 AM] {}", "12/03/2026 09:15:32 AM"),
    ("[2/3/2026, 9:15:32\u202fPM] {}", "2/3/2026 9:15:32 PM"),
    ("\u200e[02/03/2026, 9:15:04\u202fam] {}", "02/03/2026 9:15:04 am"),
    ("[19-01-31 11:25] {}", "19-01-31 11:25"),
    ("[2019.01.31 11:25:01 PM] {}", "2019.01.31 11:25:01 PM"),
    ("[\u200f۱۴۰۲/۵/۱۲, ۱۴:۳۳:۰۹] {}", "۱۴۰۲/۵/۱۲ ۱۴:۳۳:۰۹"),
    ("۱۴۰۲/۵/۱۲،\u200f ۲:۳۳ ب.ظ. - {}", "۱۴۰۲/۵/۱۲ ۲:۳۳ ب.ظ."),
    ("۱۴۰۲/۵/۱۲, ۲:۳۳ بعدازظهر - {}", "۱۴۰۲/۵/۱۲ ۲:۳۳ بعدازظهر"),
    ("١٢\u200f/٣\u200f/٢٠٢٦، ٩:١٥ ص - {}", "١٢/٣/٢٠٢٦ ٩:١٥ ص"),
]


def whatsapp_rows(text: str) -> list[tuple[str, str | None, str]]:
    """The table of a text."""
    return whatsapp.messages(text, "chat.txt").frame.rows()


@pytest.mark.parametrize(("style", "stamp"), STYLES)
def test_every_date_style_begins_a_message(style: str, stamp: str) -> None:
    """Of both phones; digits, marks, spaces and separators as they come; lines that follow too."""
    lines = [style.format("Ann Lee: Hello: you"), "second line", style.format("علی:")]
    text = "\n".join(lines)
    assert whatsapp.is_export(text)
    assert whatsapp_rows(text) == [(stamp, "Ann Lee", "message"), (stamp, "علی", "message")]
    assert whatsapp.messages(text, "chat.txt").lines == [1, 3]


def test_an_american_phone_is_known_by_its_style() -> None:
    """Month first without noughts, the year short, AM in capitals: then the year is put first."""
    text = "3/2/26, 9:15 AM - Ann: a\n12/11/26, 10:15 PM - Sue: b"
    assert [stamp for stamp, _, _ in whatsapp_rows(text)] == [
        "2026-3-2 9:15 AM",
        "2026-12-11 10:15 PM",
    ]


@pytest.mark.parametrize("other", ["03/2/26, 9:15 AM", "13/2/26, 9:15 AM", "3/2/26, 9:15 a. m."])
def test_one_stamp_of_another_style_leaves_all_as_they_are(other: str) -> None:
    """The order is then for the dates of the whole chat to say."""
    text = f"3/2/26, 9:15 AM - Ann: a\n{other} - Sue: b"
    assert whatsapp_rows(text)[0][0] == "3/2/26 9:15 AM"


@pytest.mark.parametrize(
    ("line", "author", "kind"),
    [
        ("Ann: <Media omitted>", "Ann", "media"),
        ("Ann: \u200eimage omitted", "Ann", "media"),
        ("Ann: \u200e<attached: 00000012-PHOTO.jpg>", "Ann", "media"),
        ("Ann: IMG-20260302-WA0001.jpg (file attached)", "Ann", "media"),
        ("Ann: <Multimedia omitido>", "Ann", "media"),
        ("Ann: This message was deleted", "Ann", "deleted"),
        ("Ann: \u200eYou deleted this message.", "Ann", "deleted"),
        ("Ann: Se eliminó este mensaje.", "Ann", "deleted"),
        ("Ann: I left the key", "Ann", "message"),
        ("Ann: Missed voice call", "Ann", "message"),
        ("Ann: \u200eMissed voice call", None, "system"),
        ("Ann: \u200eBob added you", None, "system"),
        ("Ann: \u200eپیام", "Ann", "message"),
        ("Ann added Bob", None, "system"),
        ("Missed voice call", None, "system"),
        ("You're now an admin", None, "system"),
        ("\u202aBob\u202c: hi", "Bob", "message"),
        ("\u202a+98\u00a0912\u00a0345\u00a06789\u202c: hi", "+98 912 345 6789", "message"),
        ("Dr. 10:30 Lee 🦊: hi", "Dr. 10:30 Lee 🦊", "message"),
        ("=cmd|' /C calc'!A0: hi", "=cmd|' /C calc'!A0", "message"),
        (": hi", None, "system"),
    ],
)
def test_what_a_line_is(line: str, author: str | None, kind: str) -> None:
    """Messages, media, deleted ones, and what WhatsApp tells of the chat itself."""
    before = [f"12/03/2026, 09:1{number} - Ann: hi" for number in range(3)]
    text = "\n".join([*before, f"12/03/2026, 09:15 - {line}"])
    assert whatsapp_rows(text)[-1] == ("12/03/2026 09:15", author, kind)


@pytest.mark.parametrize(
    "notice",
    [
        "Messages and calls are end-to-end encrypted. No one outside of this chat can read them.",
        "Acme Shop: \u200eMessages and calls are end-to-end encrypted.",
        "Acme: Los mensajes y las llamadas están cifrados de extremo a extremo.",
        "علی: پیام‌ها و تماس‌ها سرتاسر رمزگذاری شده‌اند.",
    ],
)
def test_the_notice_of_encryption_is_nobodys(notice: str) -> None:
    """Also in the name of the business; later in the chat the same words are a message."""
    lines = [notice, *["Ann: hi"] * 3, "Ann: is it end-to-end encrypted?"]
    text = "\n".join(f"12/03/2026, 09:15 - {line}" for line in lines)
    rows = whatsapp_rows(text)
    assert rows[0][1:] == (None, "system")
    assert rows[-1][1:] == ("Ann", "message")


def test_a_quoted_export_stays_one_message() -> None:
    """All messages begin as the first does: what another phone wrote is text."""
    text = (
        "12/03/2026, 09:15 - Ann: look\n[11/03/2026, 09:15:00] Bob: hi\n12/03/2026, 09:16 - Sue: k"
    )
    assert [author for _, author, _ in whatsapp_rows(text)] == ["Ann", "Sue"]


@pytest.mark.parametrize(
    "text",
    [
        "Dear all,\nplease find attached\n",
        "12/03/2026, 09:15\n",
        "id,created\n1,2026-03-02 09:15\n",
        "1699286234|1699286234.123|8000|NONE|ENTERQUEUE||7145|1\n",
        "12/03/2026, 09:15 - Ann: hi\n" + "no\n" * 10,
        "",
    ],
)
def test_other_texts_are_no_chats(text: str) -> None:
    """A text is a chat if it begins as one and goes on so."""
    assert not whatsapp.is_export(text)


def test_long_messages_do_not_hide_a_chat() -> None:
    """Three messages in the first lines are enough."""
    assert whatsapp.is_export(("12/03/2026, 09:15 - Ann: hi\n" + "more\n" * 50) * 3)


def test_a_text_without_messages_is_told() -> None:
    """Where somebody says that it is a chat."""
    with pytest.raises(InputError, match="no line begins with a date, a time and a sender"):
        whatsapp.messages("hello\nworld", "chat.txt")


def test_line_ends_do_not_matter(tmp_path: Path) -> None:
    """CRLF, CR and a byte-order mark; the name of the file says nothing."""
    text = "12/03/2026, 09:15 - Ann: a\nb\n13/03/2026, 09:16 - Sue: c\n"
    for name, content in {
        "_chat.txt": text.encode(),
        "b": text.replace("\n", "\r\n").encode(),
        "c.txt": codecs.BOM_UTF8 + text.replace("\n", "\r").encode(),
        "d.txt.gz": gzip.compress(text.encode()),
        "e.txt": text.encode("utf-16"),
    }.items():
        path = tmp_path / name
        path.write_bytes(content)
        assert InputFile(str(path), path).format == "whatsapp"


def test_exports_of_one_chat_may_overlap_and_chats_stay_apart(tmp_path: Path) -> None:
    """Messages have no id: stamp, sender and customer tell which are the same."""
    said = ["Ann: hi", "Sue: hello", "Sue: hello", "Ann: bye"]
    lines = [f"13/03/2026, 09:1{number // 2} - {line}" for number, line in enumerate(said)]
    files = {"ann.txt": lines, "later.txt": [*lines[1:], "14/03/2026, 10:00 - Ann: hi"],
             "bob.txt": [line.replace("Ann", "Bob") for line in lines]}  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).write_text("\n".join(content), encoding="utf-8")
    found = report(*(tmp_path / name for name in files), "--agents", "Sue")
    assert [intake["duplicates"] for intake in found["inputs"]] == [0, 3, 0]


NAMES = st.text(st.characters(categories=["L", "M", "N", "P", "S"], exclude_characters=":"),
                min_size=1, max_size=12)  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\u200e\u200f"))


@given(st.lists(st.tuples(NAMES, TEXTS), min_size=1, max_size=8), st.sampled_from(STYLES))
def test_every_message_is_one_row(said: Sequence[tuple[str, str]], style: tuple[str, str]) -> None:
    """Whoever wrote whatever in whatever style, over as many lines as they like."""
    lines = [style[0].format(f"{name}: {text}") for name, text in [*[("x", "y")] * 3, *said]]
    rows = whatsapp_rows("\n".join(lines))
    assert [author for _, author, _ in rows] == [*["x"] * 3, *(name for name, _ in said)]
    assert {stamp for stamp, _, _ in rows} == {style[1]}


@given(st.text(string.printable + "\u200e\u202f۱،[]"))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing is a traceback; a row is never more than a line."""
    try:
        chat = whatsapp.messages(text, "chat.txt")
    except InputError:
        return
    assert chat.frame.height == len(chat.lines) <= text.count("\n") + 1
