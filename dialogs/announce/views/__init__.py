"""What the desk shows of announcements: the list, the calendar, the composer and the report, read for one person."""
