"""The case of an application for managers and reviewers: comments, risk assessment, deadline, decision."""
