"""Who the programme writes to without an event: audiences, reminders, and what a broadcast did.

Enters: a filter, a day.
Everything is sent once a day and member.
"""

from loyalty.domain.outreach.audience import audience_members, audience_size, next_audience_members
from loyalty.domain.outreach.reminders import Day, send_reminders
from loyalty.domain.outreach.reports import broadcast_report

__all__ = ["Day", "audience_members", "audience_size", "broadcast_report", "next_audience_members", "send_reminders"]
