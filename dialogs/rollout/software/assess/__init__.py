"""The register at the desk: list, one program, its assessments, and CSV in and out."""
