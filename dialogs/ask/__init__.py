"""Questions: matching, answers, clarification, feedback."""
