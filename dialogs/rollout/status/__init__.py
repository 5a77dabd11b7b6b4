"""Rollout status and topic subscriptions."""
