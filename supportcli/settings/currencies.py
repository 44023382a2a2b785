"""The currencies there are."""

from __future__ import annotations

from typing import Final

from supportcli.errors import did_you_mean

CURRENCIES: Final = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN
    BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
    GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW
    KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD
    NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD
    SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED
    VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905  a table is easier to read so
)
"""The codes of ISO 4217 that money is counted in today, or was until the year before last."""

_SIGNS: Final = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "﷼": "IRR", "₹": "INR", "₺": "TRY"}


def check_currency(code: str) -> None:
    """Raise ValueError unless `code` is a currency of ISO 4217."""
    if code in CURRENCIES:
        return
    meant = _SIGNS.get(code, code.upper())
    near = did_you_mean(meant, sorted(CURRENCIES))
    reason = f'"{code}" is no currency in three letters, such as "EUR" or "IRR"'
    raise ValueError(f"{reason}; {near}" if near else reason)
