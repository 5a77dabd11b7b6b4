"""Approval status of programs, and applications to approve one."""
