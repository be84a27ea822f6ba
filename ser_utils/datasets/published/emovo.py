"""EMOVO: Italian, 6 actors, acted.

Costantini, Iaderola, Paoloni and Todisco, "EMOVO Corpus: an Italian Emotional Speech Database",
LREC 2014, pp. 3501-3504.
"""

from ser_utils.datasets.table import Layout, published_corpus

LAYOUT = Layout(
    corpus="emovo",
    language="it",
    example="f1/rab-f1-b1.wav",
    pattern=r"(?P<emotion>[a-z]{3})-(?P<speaker>[fm][123])-(?P<sentence>[a-z]\d)",
    # disgusto, gioia, neutro, paura, rabbia, sorpresa, tristezza
    emotions={
        "dis": "disgust",
        "gio": "happiness",
        "neu": "neutral",
        "pau": "fear",
        "rab": "anger",
        "sor": "surprise",
        "tri": "sadness",
    },
    genders={
        "f1": "female",
        "f2": "female",
        "f3": "female",
        "m1": "male",
        "m2": "male",
        "m3": "male",
    },
)

CORPUS = published_corpus(
    LAYOUT,
    title="EMOVO: an Italian Emotional Speech Database",
    how_to_get=(
        "download it (about 330 MB) from http://voice.fub.it/activities/corpora/emovo/index.html "
        "and unpack it into the folder emovo"
    ),
)
