"""Where calibration starts: the weights learned from questions to indexes of many kinds."""

PRIOR = {
    "letters": (5.7, 5.0, -1.3, 0.0, 2.1, -2.1),
    "meaning": (4.0, 8.0, 1.4, 0.0, 1.7, -2.1),
}
"""Without and with an encoder: weight of score, lead, likeness by letters, by meaning, how much nearer than neighbours,
and a constant.

Halfway between two lessons. One is that of ``python -m tests.bench.prior`` on six indexes whose phrasings the encoder
was not tuned on, with as many questions from far away as nearby: twenty intents of BANKING77 with ten phrasings and
with one, HINT3's sofmattress, SNIPS, and the articles in Bokmål and in three languages. The other is an earlier one
without the last kind of evidence, from seven indexes: it ranks far questions better, and trusts near ones too much.
"""
