"""Weights before anything is learned: how likenesses are blended, and how sure their evidence makes.

Measured by ``python -m tests.bench.prior`` on parts of the sample content: 11 to 500 articles with one, three and ten
phrasings each, asked with utterances that were not among them, a fifth of them about other articles or about nothing.
"""

# Weights of the likenesses, in the order of ``knowledge.matching.evidence.LIKENESSES``, without and with an encoder.
BLEND = {"letters": (1.36, 0.93), "meaning": (0.53, 0.29, 1.42, 1.31, 0.67)}

# Weights of the evidence, in the order of ``knowledge.matching.evidence.EVIDENCE``, and a constant.
PRIOR = {
    "letters": (2.25, 0.24, 0.56, 0.0, -0.11, -0.4),
    "meaning": (1.66, 0.24, 0.51, 1.27, -0.11, -0.13),
}
