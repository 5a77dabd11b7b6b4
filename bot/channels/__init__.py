"""Ways to reach people: Teams and the web page."""
