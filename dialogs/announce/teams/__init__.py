"""Teams with channels for announcements, and the municipality of each."""
