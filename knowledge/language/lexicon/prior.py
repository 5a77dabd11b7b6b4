"""Initial weights of the calibration, learned from questions to indexes of many kinds."""

# Weights without and with an encoder. Order: score, lead, similarity of letters, similarity of meaning, distance to
# neighbours, constant. They are the mean of two training runs. The first is ``python -m tests.bench.prior`` on six
# indexes with phrasings the encoder was not tuned on, with as many unrelated as related questions: twenty intents of
# BANKING77 with ten phrasings and with one, HINT3's sofmattress, SNIPS, and the articles in Bokmål and in three
# languages. The second is an earlier run on seven indexes, without the distance to neighbours: it ranks unrelated
# questions better, and is overconfident about related ones.
PRIOR = {
    "letters": (5.7, 5.0, -1.3, 0.0, 2.1, -2.1),
    "meaning": (4.0, 8.0, 1.4, 0.0, 1.7, -2.1),
}
