"""Merely read some columns of a log with polars: the floor under every program that reads them."""

from __future__ import annotations

import argparse

import polars as pl


def text_size(path: str, columns: list[str]) -> int:
    """Give the bytes of text in the columns, which cannot be known without reading them."""
    is_parquet = path.endswith(".parquet")
    log = pl.scan_parquet(path) if is_parquet else pl.scan_csv(path, infer_schema=False)
    sizes = log.select(pl.col(columns).str.len_bytes().sum()).collect()
    return sum(sizes.row(0))


def main() -> None:
    """Print the size of the columns given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("columns", help="names, with commas between them")
    options = parser.parse_args()
    print(text_size(options.file, options.columns.split(",")))


if __name__ == "__main__":
    main()
