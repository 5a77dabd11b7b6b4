"""HTTP routes for operations: health, readiness and metrics. Entry point: ``health.health_routes``."""
