"""What became of an announcement: recipient by recipient, gathered over time, and handed out as files."""
