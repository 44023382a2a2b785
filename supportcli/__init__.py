"""supportkpi: key figures of customer support, from the exports of the systems that hold them."""

__version__ = "0.1.0"
