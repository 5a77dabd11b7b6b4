"""Where the rollout stands, and what somebody wants to hear about."""
