"""The register in the store: its entries, what counts now, and how it is changed."""
