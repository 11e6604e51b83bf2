"""Figures of the business: what happened at a partner, by day and outlet. Read only.

Enters: a partner and a period of business days in the programme's zone.
Money in the programme's currency, points whole.
"""

from loyalty.domain.metrics.partner_statistics import Bucket, Figures, Statistics, statistics_of

__all__ = ["Bucket", "Figures", "Statistics", "statistics_of"]
