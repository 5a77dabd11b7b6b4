"""The state of the rollout, approved programs and courses."""
