"""An invented year of traffic, to try pages and speed on. Entry point: ``year.write_year``."""
