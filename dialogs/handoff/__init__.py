"""A question that a colleague answers: from the asking, over the nearest ambassador, to the thanks."""
