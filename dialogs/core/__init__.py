"""Values that every flow uses: event, query, decision, message, card, person. Imports no feature."""
