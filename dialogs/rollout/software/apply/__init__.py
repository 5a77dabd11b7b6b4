"""Application for a program: the form, the way to the managers or reviewers, and the applicant's own list."""
