"""Turns the Online Retail data set into the columns of `import_orders`.

    python benchmarks/online_retail.py online_retail.csv.gz orders.csv

One row stays one line. `C…` invoices become returns without a known original, with positive amounts; the
line total is quantity × price, rounded to 2 places. Rows without a customer keep an empty member, so that
the import rejects them with a reason.
"""

import csv
import gzip
import sys
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

COLUMNS = ("order_id", "member", "occurred_at", "amount", "type", "sku", "name", "quantity")


def convert(source: Path, target: Path) -> int:
    """Write the import file; returns the number of rows."""
    rows = 0
    with gzip.open(source, "rt", encoding="utf-8", newline="") as incoming, target.open("w", encoding="utf-8", newline="") as outgoing:
        writer = csv.writer(outgoing, lineterminator="\n")
        writer.writerow(COLUMNS)
        reader = csv.reader(incoming)
        next(reader)
        for invoice, sku, name, quantity, at, price, customer, _country in reader:
            is_return = invoice.startswith("C")
            count = -int(quantity) if is_return else int(quantity)
            amount = (count * Decimal(price)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
            writer.writerow((invoice, customer, at, amount, "return" if is_return else "sale", sku, name, abs(count)))
            rows += 1
    return rows


if __name__ == "__main__":
    print(f"{convert(Path(sys.argv[1]), Path(sys.argv[2]))} rows")
