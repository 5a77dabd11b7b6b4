"""Which programs are approved, and applying for one that is not."""
